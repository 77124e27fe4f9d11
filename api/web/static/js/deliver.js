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

  // What the form says of a file, beside the file.
  function fields() {
    return Object.fromEntries(['kind', 'effective_on', 'epsg', 'profile', 'communes'].map((name) => [name, form.elements[name].value]));
  }

  // Shows how many bytes are sent; what was there before this began does not make it look faster.
  function meter(whole) {
    const began = performance.now();
    let first = null;
    let told = -1;
    return (sent) => {
      first ??= sent;
      const part = Math.floor((100 * sent) / whole);
      const seconds = (performance.now() - began) / 1000;
      const left = Math.round((seconds * (whole - sent)) / Math.max(sent - first, 1));
      byId('o-thanh').value = part;
      byId('o-bao-nhieu').textContent = `${size(sent)} / ${size(whole)} (${part}%)`
        + (left > 1 && sent > first ? t(` · còn ${left} giây`, ` · ${left} s left`) : '');
      const quarter = Math.floor(part / 25);
      if (quarter !== told) { told = quarter; say(t(`Đã tải lên ${part}%`, `${part}% uploaded`)); }
    };
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const file = input.files[0];
    const found = fault(file);
    if (found) { wrong(found); return; }
    const over = () => { byId('dang-tai').hidden = true; byId('o-gui').disabled = false; leaving = false; };
    const arrive = (where) => { leaving = false; location.assign(where); };
    const refused = (answer) => {
      over();
      form.querySelector('.more-settings').open = true; // what is refused of the form, day or commune, stands in there
      wrong(answer.detail ? t(`${answer.detail} ${answer.mend}`, `${answer.detail_en} ${answer.mend_en}`)
        : t('Máy chủ gặp lỗi. Thử lại sau.', 'The server met an error. Try again later.'));
    };
    const stopped = () => { over(); byId('o-gui').focus(); say(t('Đã hủy.', 'Cancelled.')); };
    const progress = meter(file.size);
    byId('con-do').hidden = true;
    byId('dang-tai').hidden = false;
    byId('o-gui').disabled = true;
    leaving = true;
    if (file.size >= Number(form.dataset.resumable)) {
      const waiting = () => {
        byId('o-bao-nhieu').textContent = t('Mất kết nối; sẽ tự gửi tiếp.', 'The connection broke; it goes on by itself.');
        say(byId('o-bao-nhieu').textContent);
      };
      const done = (uid) => arrive(form.dataset.after + uid);
      const upload = window.landdataUpload.start({ form, file, fields: fields(), tell: { progress, waiting, done, refused, stopped } });
      byId('o-huy').onclick = upload.stop;
      return;
    }
    const request = new XMLHttpRequest();
    byId('o-huy').onclick = () => request.abort();
    request.upload.onprogress = (event) => { if (event.lengthComputable) progress((file.size * event.loaded) / event.total); };
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* told below */ }
      if (request.status < 300 && answer.where) arrive(answer.where);
      else refused(answer);
    };
    request.onerror = () => { over(); wrong(t('Mất kết nối; tệp chưa được nộp. Nộp lại không sợ trùng.', 'The connection broke; nothing was delivered. Deliver again, it never counts twice.')); };
    request.onabort = stopped;
    request.open('POST', form.action);
    request.setRequestHeader('Accept', 'application/json');
    request.send(new FormData(form));
  });

  window.landdataUpload.left().then((before) => {
    if (!before || leaving) return;
    Object.entries(before.fields).forEach(([name, value]) => { form.elements[name].value = value; });
    const part = Math.floor((100 * before.received) / before.size);
    byId('con-do-loi').textContent = t(`Tệp ${before.name} đã tải lên ${part}%. Chọn lại đúng tệp đó rồi nộp để gửi tiếp phần còn lại.`,
      `${part}% of ${before.name} is uploaded. Choose that very file again and deliver: only the rest is sent.`);
    byId('con-do').hidden = false;
    byId('o-bo').onclick = () => {
      byId('con-do').hidden = true;
      window.landdataUpload.giveUp(form);
      input.focus();
    };
  });

  window.addEventListener('beforeunload', (event) => { if (leaving) event.preventDefault(); });
})();
