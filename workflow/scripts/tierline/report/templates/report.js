
// The report reads without any of this: it only sorts and filters tables, and folds.
document.documentElement.classList.add("js");

for (const table of document.querySelectorAll("table.sortable")) {
  sortable(table);
  if (table.tBodies[0].rows.length < 8) continue;
  const box = document.createElement("input");
  box.type = "search";
  const label = document.createElement("label");
  label.append("Filter these rows ", box);
  const count = document.createElement("span");
  const filter = () => {
    const wanted = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = Array.from(table.tBodies[0].rows);
    rows.forEach((row) => {
      const content = row.textContent.toLowerCase();
      row.hidden = !wanted.every((word) => content.includes(word));
    });
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  box.addEventListener("input", filter);
  const bar = document.createElement("p");
  bar.className = "tools";
  bar.append(label, count);
  table.before(bar);
  filter();
}

const folds = Array.from(document.querySelectorAll("details"));

const control = (name, action) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "unfold";
  made.textContent = name;
  made.addEventListener("click", () => action(made));
  return made;
};

if (folds.length) {
  const unfold = control("Unfold all", (made) => {
    const open = folds.some((fold) => !fold.open);
    folds.forEach((fold) => { fold.open = open; });
    made.textContent = open ? "Fold all" : "Unfold all";
  });
  const printAll = control("Print everything", () => {
    const closed = folds.filter((fold) => !fold.open);
    closed.forEach((fold) => { fold.open = true; });
    addEventListener("afterprint", () => closed.forEach((fold) => { fold.open = false; }), { once: true });
    print();
  });
  document.querySelector("header.brand").append(unfold, printAll);
}
