// Handing in with progress. Without this file the form is sent as it is. XHR: fetch() does not report upload progress.
(() => {
  const byId = (id) => document.getElementById(id);
  const vi = document.documentElement.lang === 'vi';
  const t = (a, b) => (vi ? a : b);
  const form = byId('nop');
  const input = byId('o-file');
  const zone = byId('o-tha');
  const say = (words) => { byId('o-noi').textContent = words; };
  const size = (count) => `${(count / 1048576).toLocaleString(vi ? 'vi-VN' : 'en-GB', { maximumFractionDigits: 1 })} MB`;
  const endings = form.dataset.endings.split(',');
  let leaving = false;

  function wrong(words) {
    byId('o-file-loi').textContent = words;
    input.setAttribute('aria-invalid', 'true');
    input.focus();
  }

  function fault(file) {
    if (!file) return t('Hãy chọn một tệp.', 'Choose a file.');
    if (!endings.some((one) => file.name.toLowerCase().endsWith(one))) {
      return t('Loại tệp này không đọc được. Dùng ', 'This kind of file cannot be read. Use ') + endings.join(', ');
    }
    if (file.size > Number(form.dataset.most)) return t('Tệp quá lớn: ', 'The file is too large: ') + size(file.size);
    if (!file.size) return t('Tệp rỗng.', 'The file is empty.');
    return '';
  }

  function chosen() {
    const file = input.files[0];
    byId('o-file-loi').textContent = '';
    input.removeAttribute('aria-invalid');
    byId('o-ten').hidden = !file;
    if (!file) return;
    byId('o-ten').textContent = `${file.name} · ${size(file.size)}`;
    const found = fault(file);
    if (found) wrong(found);
    else say(t('Đã chọn tệp ', 'Selected file ') + file.name);
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

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const file = input.files[0];
    const found = fault(file);
    if (found) { wrong(found); return; }
    const request = new XMLHttpRequest();
    const began = performance.now();
    let told = -1;
    const over = () => { byId('dang-tai').hidden = true; byId('o-gui').disabled = false; leaving = false; };
    byId('dang-tai').hidden = false;
    byId('o-gui').disabled = true;
    leaving = true;
    byId('o-huy').onclick = () => request.abort();
    request.upload.onprogress = (progress) => {
      if (!progress.lengthComputable) return;
      const part = Math.round((100 * progress.loaded) / progress.total);
      const seconds = (performance.now() - began) / 1000;
      const left = Math.round((seconds * (progress.total - progress.loaded)) / Math.max(progress.loaded, 1));
      byId('o-thanh').value = part;
      byId('o-bao-nhieu').textContent = `${size(progress.loaded)} / ${size(progress.total)} (${part}%)`
        + (left > 1 ? t(` · còn ${left} giây`, ` · ${left} s left`) : '');
      const quarter = Math.floor(part / 25);
      if (quarter !== told) { told = quarter; say(t(`Đã tải lên ${part}%`, `${part}% uploaded`)); }
    };
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* told below */ }
      if (request.status < 300 && answer.where) {
        leaving = false;
        location.assign(answer.where);
        return;
      }
      over();
      wrong(answer.detail ? t(`${answer.detail} ${answer.mend}`, `${answer.detail_en} ${answer.mend_en}`)
        : t('Máy chủ gặp lỗi. Thử lại sau.', 'The server met an error. Try again later.'));
    };
    request.onerror = () => { over(); wrong(t('Mất kết nối; tệp chưa được nộp. Nộp lại không sợ trùng.', 'The connection broke; nothing was delivered. Deliver again, it never counts twice.')); };
    request.onabort = () => { over(); byId('o-gui').focus(); say(t('Đã hủy.', 'Cancelled.')); };
    request.open('POST', form.action);
    request.setRequestHeader('Accept', 'application/json');
    request.send(new FormData(form));
  });

  window.addEventListener('beforeunload', (event) => { if (leaving) event.preventDefault(); });
})();
