for (const table of document.querySelectorAll('table.sort')) {
  const heads = [...table.tHead.querySelectorAll('th')];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    const valueOf = row => {
      const cell = row.cells[column];
      return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
    };
    button.addEventListener('click', () => {
      const isDown = head.getAttribute('aria-sort') !== 'descending';
      heads.forEach(other => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', isDown ? 'descending' : 'ascending');
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const x = valueOf(a), y = valueOf(b);
        const order = typeof x === 'number' ? x - y : x.localeCompare(y, 'en', { numeric: true });
        return isDown ? -order : order;
      });
      table.tBodies[0].append(...rows);
    });
  });
}
