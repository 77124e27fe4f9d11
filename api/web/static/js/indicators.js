// A table of figures is checked as soon as it is chosen or dropped. Without this file the form is sent as it is.
(() => {
  const byId = (id) => document.getElementById(id);
  const vi = document.documentElement.lang === 'vi';
  const t = (a, b) => (vi ? a : b);
  const form = byId('nap');
  const input = byId('o-file');
  const zone = byId('o-tha');

  function fault(file) {
    if (!/\.(csv|xlsx)$/i.test(file.name)) return t('Dùng tệp CSV hoặc XLSX.', 'Use a CSV or XLSX file.');
    if (file.size > Number(form.dataset.most)) return t('Tệp quá lớn.', 'The file is too large.');
    return file.size ? '' : t('Tệp rỗng.', 'The file is empty.');
  }

  function chosen() {
    const file = input.files[0];
    const found = file ? fault(file) : '';
    byId('o-file-loi').textContent = found;
    byId('o-ten').hidden = !file;
    input.toggleAttribute('aria-invalid', Boolean(found));
    if (!file) return;
    byId('o-ten').textContent = file.name;
    if (!found && form.checkValidity()) form.requestSubmit();
  }
  input.addEventListener('change', chosen);

  let inside = 0;
  zone.addEventListener('dragenter', (event) => { event.preventDefault(); inside += 1; zone.classList.add('over'); });
  zone.addEventListener('dragleave', () => { inside -= 1; if (!inside) zone.classList.remove('over'); });
  zone.addEventListener('dragover', (event) => event.preventDefault());
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    inside = 0;
    zone.classList.remove('over');
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    chosen();
  });
})();
