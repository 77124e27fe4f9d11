// Sends a large file by the tus protocol: when the line breaks it goes on where the bytes that arrived end. XHR: fetch() does
// not report upload progress. What is needed to go on after the page was closed is remembered in this browser.
(() => {
  const VERSION = { 'Tus-Resumable': '1.0.0' };
  const REMEMBERED = 'landdata.upload';
  const LONGEST_PAUSE = 15;
  // Another try may go well; any other refusal is final.
  const AGAIN = new Set([0, 408, 423, 429, 460, 500, 502, 503, 504]);

  // The proof against other sites, out of the form's own, which is the same under a pad of chance.
  function proof(masked) {
    const bytes = Uint8Array.from(atob(masked.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
    const half = bytes.length / 2;
    const plain = bytes.slice(0, half).map((one, at) => one ^ bytes[half + at]);
    return btoa(String.fromCharCode(...plain)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  }

  // localStorage may be closed to us: then a closed page is begun anew, and nothing else changes.
  function remembered() {
    try { return JSON.parse(localStorage.getItem(REMEMBERED)); } catch { return null; }
  }
  function remember(what) {
    try { localStorage.setItem(REMEMBERED, JSON.stringify(what)); } catch { /* see above */ }
  }
  function forget() {
    try { localStorage.removeItem(REMEMBERED); } catch { /* see above */ }
  }

  function ask(method, address, headers, body, running = {}) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      running.request = request;
      if (running.progress) request.upload.onprogress = (event) => running.progress(event.loaded);
      request.onloadend = () => resolve(request);
      request.open(method, address);
      Object.entries({ Accept: 'application/json', ...headers }).forEach(([name, value]) => request.setRequestHeader(name, value));
      request.send(body);
    });
  }

  function said(request) {
    try { return JSON.parse(request.responseText); } catch { return {}; }
  }

  // What makes it the same upload: the file as it is on this machine, and everything that the form says of it.
  function mark(file, fields) {
    return JSON.stringify([file.name, file.size, file.lastModified, fields]);
  }

  // Sends `file`; `tell`: progress(bytes), waiting(), and one of done(uid), refused(answer), stopped() at the end.
  function start({ form, file, fields, tell }) {
    const token = form.elements.ma_bieu_mau.value;
    const guarded = { ...VERSION, 'X-CSRF-Token': proof(token) };
    const running = {};
    let stopped = false;
    let wake = () => {};

    function pause(seconds) {
      return new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, seconds * 1000);
        addEventListener('online', resolve, { once: true });
      });
    }

    async function begun() {
      const before = remembered();
      if (before && before.mark === mark(file, fields)) return before.address;
      const told = new URLSearchParams({ ...fields, ma_bieu_mau: token, key: form.elements.key.value, file_name: file.name, size: file.size });
      const request = await ask('POST', form.dataset.begin, {}, told);
      if (request.status !== 201) return request;
      const { address } = said(request);
      remember({ mark: mark(file, fields), address, fields, name: file.name, size: file.size });
      return address;
    }

    async function run() {
      let pauses = 0;
      let address = null;
      while (!stopped) {
        if (!address) {
          const found = await begun();
          if (typeof found === 'string') address = found;
          else if (!AGAIN.has(found.status)) { tell.refused(said(found)); return; }
        }
        if (address) {
          let request = await ask('HEAD', address, VERSION);
          if (request.status === 404 || request.status === 410) { forget(); address = null; continue; }
          if (request.status === 200) {
            const at = Number(request.getResponseHeader('Upload-Offset'));
            if (at < file.size) {
              running.progress = (sent) => { pauses = 0; tell.progress(at + sent); };
              const headers = { ...guarded, 'Upload-Offset': at, 'Content-Type': 'application/offset+octet-stream' };
              request = await ask('PATCH', address, headers, file.slice(at), running);
              running.progress = null;
            }
            const delivery = request.getResponseHeader('Delivery-Location');
            if (delivery) { forget(); tell.done(delivery.split('/').pop()); return; }
          }
          const again = AGAIN.has(request.status) || request.status === 404 || request.status === 410
            || said(request).code === 'UPLOAD_OFFSET_WRONG';
          if (request.status >= 300 && !again) {
            // An answer to HEAD has no words; the list is refused for the same reason.
            const told = said(request);
            tell.refused(told.detail ? told : said(await ask('GET', '/v1/uploads', {})));
            return;
          }
        }
        if (stopped) break;
        tell.waiting();
        await pause(Math.min(2 ** pauses, LONGEST_PAUSE));
        pauses += 1;
      }
      forget();
      tell.stopped();
      // Until the service notices that nobody sends any more, it holds the upload.
      for (let tries = 0; address && tries < 5; tries += 1) {
        if ((await ask('DELETE', address, guarded)).status !== 423) return;
        await pause(1);
      }
    }

    run();
    return { stop: () => { stopped = true; if (running.request) running.request.abort(); wake(); } };
  }

  // What was left of an earlier time: told with how far it came, or forgotten where the service knows it no more.
  async function left() {
    const before = remembered();
    if (!before) return null;
    const request = await ask('HEAD', before.address, VERSION);
    if (request.status === 200 && !request.getResponseHeader('Delivery-Location')) {
      return { ...before, received: Number(request.getResponseHeader('Upload-Offset')) };
    }
    if (request.status >= 200 && request.status < 500) forget();
    return null;
  }

  async function giveUp(form) {
    const before = remembered();
    forget();
    if (before) await ask('DELETE', before.address, { ...VERSION, 'X-CSRF-Token': proof(form.elements.ma_bieu_mau.value) });
  }

  window.landdataUpload = { start, left, giveUp };
})();
