// What was typed into a form of administration outlives the proof of identity that came between, in this tab alone.
(() => {
  const MARK = 'landdata-typed:';
  const forms = [...document.querySelectorAll('form[data-keep]')];
  const keyOf = (form) => MARK + form.getAttribute('action');
  const typed = (form) => [...form.elements].filter((one) => one.name && !['hidden', 'password', 'file'].includes(one.type));
  const ticked = (one) => one.type === 'checkbox' || one.type === 'radio';

  function restore(form, fields) {
    for (const one of typed(form)) {
      const said = fields.filter(([name]) => name === one.name).map(([, value]) => value);
      if (ticked(one)) one.checked = said.includes(one.value);
      else if (said.length) one.value = said[0];
    }
    const told = document.createElement('p');
    told.className = 'hint';
    told.setAttribute('role', 'status');
    told.textContent = form.dataset.keep;
    form.prepend(told);
  }

  try {
    // Whatever was kept of other pages went through, or was left: it is nobody's any more.
    for (const key of Object.keys(sessionStorage).filter((one) => one.startsWith(MARK))) {
      const form = forms.find((one) => keyOf(one) === key);
      // After a refusal the service itself shows what it was sent.
      if (form && !document.querySelector('.refusal')) restore(form, JSON.parse(sessionStorage.getItem(key)));
      sessionStorage.removeItem(key);
    }
    for (const form of forms) {
      form.addEventListener('submit', () => {
        const sent = typed(form).filter((one) => !ticked(one) || one.checked).map((one) => [one.name, one.value]);
        sessionStorage.setItem(keyOf(form), JSON.stringify(sent));
      });
    }
  } catch {
    // A browser that keeps nothing leaves the form as it is without a script: empty after the proof.
  }
})();
