// A delivery's page while it is checked, and the map of its faulty parcels. Without this file the page asks again by itself.
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const vi = document.documentElement.lang === 'vi';
  const ENDED = 'ket-qua';

  const work = one('#tien-do');
  if (work) {
    const number = new Intl.NumberFormat(vi ? 'vi-VN' : 'en-GB');
    const source = new EventSource(work.dataset.events);
    let spoken = '';
    const t = (a, b) => (vi ? a : b);
    // The same words as `left` of the pages (api/web/figures.py).
    const left = (seconds, ahead) => {
      if (ahead === 0) return t('Tới lượt kế tiếp.', 'It is the next.');
      if (ahead) return t(`Trước nó còn ${number.format(ahead)} lần nộp.`, `${number.format(ahead)} before it in the queue.`);
      if (seconds === null) return t('Chưa biết còn bao lâu.', 'How long it still takes is not known yet.');
      if (seconds < 60) return t('Còn dưới 1 phút.', 'Under a minute left.');
      const minutes = Math.round(seconds / 60);
      const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
      if (hours) return t(`Còn khoảng ${hours} giờ ${rest} phút.`, `About ${hours} h ${rest} min left.`);
      return t(`Còn khoảng ${minutes} phút.`, `About ${minutes} min left.`);
    };
    source.addEventListener('progress', (event) => {
      const told = JSON.parse(event.data);
      const lines = [...work.querySelectorAll('[data-stage]')];
      const at = lines.findIndex((line) => line.dataset.stage === told.stage);
      lines.forEach((line, place) => {
        line.className = place < at || at < 0 ? 'over' : place === at ? 'now' : '';
        one('b', line).textContent = place === at && told.total
          ? `${number.format(told.done)}/${number.format(told.total)} ${work.dataset.rows}` : '';
      });
      one('#con-lai').textContent = left(told.seconds_left, told.ahead);
      if (at >= 0 && spoken !== told.stage) {
        spoken = told.stage;
        one('#o-noi').textContent = lines[at].children[1].textContent;
      }
    });
    source.addEventListener('end', () => {
      source.close();
      try { sessionStorage.setItem(ENDED, location.pathname); } catch { /* then the focus stays where it is */ }
      location.reload();
    });
  }

  // Who watched the checks is led to the result.
  try {
    if (sessionStorage.getItem(ENDED) === location.pathname && one('#ket-qua')) {
      sessionStorage.removeItem(ENDED);
      one('#ket-qua').focus({ preventScroll: true });
    }
  } catch { /* see above */ }

  const faults = one('#thua-loi');
  if (faults) {
    fetch(faults.dataset.part, { headers: { Accept: 'text/html' } })
      .then((answer) => (answer.ok && !answer.redirected ? answer.text() : Promise.reject(answer.status)))
      .then((html) => { faults.innerHTML = html; })
      .catch(() => { /* the link stays */ })
      .finally(() => faults.classList.add('there'));
  }
})();
