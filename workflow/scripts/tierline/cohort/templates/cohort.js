// Which cases and genes are shown, in which order, and the picture of them. Only what is in view is drawn.
document.documentElement.classList.add("js");

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const rows = Array.from(document.querySelectorAll("#cases tbody tr")); // in the order of data.cases, before any sorting
const geneRows = Array.from(document.querySelectorAll("#genes tbody tr")); // in the order of data.genes
const searched = rows.map((row) => row.textContent.toLowerCase());
const names = rows.map((row) => row.dataset.case);
const severity = ["fail", "warn", "not_given", "pass"];
document.querySelectorAll("table.sortable").forEach(sortable);

// of each case, its findings by gene: the first of a gene is that of the highest tier
const found = data.cases.map((one) => {
  const genes = new Map();
  for (const finding of one.f) genes.set(finding[0], [...(genes.get(finding[0]) ?? []), finding]);
  return genes;
});
const shownOf = (one, gene) => (found[one].get(gene) ?? []).filter((finding) => finding[1] <= most);
const answerOf = (one, gene) => data.answers[data.cases[one].a[gene]];

let most = 2; // the lowest tier that is shown, by its number
let cases = [];
let genes = [];
let at = null; // the cell in focus: [place in cases, place in genes]

// ------------------------------------------------------------------------------------------------ choosing

function choose() {
  most = Number(byId("tiers").value);
  const wanted = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = ["type", "verdict", "run"].filter((id) => byId(id)?.value);
  cases = rows.map((_, one) => one).filter((one) =>
    chosen.every((id) => rows[one].dataset[id] === byId(id).value) && wanted.every((word) => searched[one].includes(word)));
  const kept = new Set(cases);
  rows.forEach((row, one) => { row.hidden = !kept.has(one); });

  const counts = data.genes.map((_, gene) => countOf(gene));
  genes = data.genes.map((_, gene) => gene).filter((gene) => counts[gene].some(Boolean) || byId("which").value === "all");
  const byName = (a, b) => data.genes[a].localeCompare(data.genes[b], "en", { numeric: true });
  const byCount = (a, b) => counts[a].map((count, n) => counts[b][n] - count).find(Boolean) || byName(a, b);
  genes.sort(byId("genes-by").value === "name" ? byName : byCount);

  const keys = orders[byId("cases-by").value]();
  cases.sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b));
  at = null;
  byId("count").textContent = `${cases.length} of ${rows.length} cases, ${genes.length} of ${data.genes.length} genes`;
  recount();
  resize();
}

// of the cases that are shown, those with a finding of Tier I or II in a gene, of III, of IV
function countOf(gene) {
  const counts = [0, 0, 0];
  for (const one of cases) {
    const [finding] = shownOf(one, gene);
    if (finding) counts[Math.max(0, finding[1] - 1)] += 1;
  }
  return counts;
}

const orders = {
  genes: () => data.cases.map((_, one) => genes.map((gene) => shownOf(one, gene)[0]?.[1] ?? 9).join("")),
  name: () => rows.map(() => 0), // they stand by name
  type: () => rows.map((row) => row.dataset.type),
  verdict: () => rows.map((row) => severity.indexOf(row.dataset.verdict)),
};

// the table of genes counts the cases that are shown
function recount() {
  geneRows.forEach((row, gene) => {
    const counts = new Array(data.tiers.length + data.states.length).fill(0);
    for (const one of cases) {
      const finding = found[one].get(gene)?.[0];
      counts[finding ? finding[1] : data.tiers.length + answerOf(one, gene)[0]] += 1;
    }
    counts.forEach((count, column) => {
      row.cells[column + 1].textContent = count;
      row.cells[column + 1].classList.toggle("none", !count);
    });
  });
}

// ------------------------------------------------------------------------------------------------ drawing

const scroll = byId("scroll");
const spacer = byId("spacer");
const canvas = scroll.querySelector("canvas");
const INK = "#16202a";
const FILL = ["#9e0142", "#f08c2e", "#bcdcf2", "#ffffff"]; // by tier: dark to light, the last two hollow
const EDGE = ["#9e0142", "#f08c2e", "#2b6ca3", "#6b7782"];

// shapes in a square of side 1, by kind of change
const SHAPES = {
  missense: (p) => p.arc(0.5, 0.5, 0.36, 0, 2 * Math.PI),
  truncating: (p) => p.rect(0.18, 0.18, 0.64, 0.64),
  splice: (p) => polygon(p, [[0.15, 0.15], [0.85, 0.15], [0.15, 0.85], [0.85, 0.85]]),
  inframe: (p) => polygon(p, [[0.5, 0.06], [0.94, 0.5], [0.5, 0.94], [0.06, 0.5]]),
  promoter: (p) => polygon(p, [[0.15, 0.15], [0.9, 0.5], [0.15, 0.85]]),
  gain: (p) => polygon(p, [[0.5, 0.1], [0.92, 0.88], [0.08, 0.88]]),
  loss: (p) => polygon(p, [[0.08, 0.12], [0.92, 0.12], [0.5, 0.9]]),
  fusion: (p) => polygon(p, [[0.36, 0.1], [0.64, 0.1], [0.64, 0.36], [0.9, 0.36], [0.9, 0.64], [0.64, 0.64],
    [0.64, 0.9], [0.36, 0.9], [0.36, 0.64], [0.1, 0.64], [0.1, 0.36], [0.36, 0.36]]),
  other: (p) => p.rect(0.1, 0.36, 0.8, 0.28),
};

function polygon(path, points) {
  points.forEach(([x, y], n) => (n ? path.lineTo(x, y) : path.moveTo(x, y)));
  path.closePath();
}

function drawFinding(pen, x, y, side, tier, kind, more) {
  const path = new Path2D();
  const unit = new Path2D();
  SHAPES[data.kinds[kind]](unit);
  path.addPath(unit, new DOMMatrix([side, 0, 0, side, x, y]));
  pen.lineWidth = 2.5;
  pen.strokeStyle = "#fff"; // sets it off from a hatched cell
  pen.stroke(path);
  pen.fillStyle = FILL[tier];
  pen.fill(path);
  pen.lineWidth = side < 12 ? 1 : 1.4;
  pen.strokeStyle = EDGE[tier];
  pen.stroke(path);
  if (more && side >= 12) {
    pen.fillStyle = INK;
    pen.fillRect(x + side - 4, y + 1, 3, 3);
  }
}

// what may be said of a gene where nothing was found: only an answer looks like an answer
function drawAnswer(pen, x, y, side, state) {
  const name = data.states[state];
  if (name === "answered" || name === "partly") {
    pen.fillStyle = "#e6ebef";
    pen.fillRect(x, y, side, side);
  }
  if (name === "answered") return;
  if (name === "not_asked") {
    pen.lineWidth = 1;
    pen.strokeStyle = "#e6ebef";
    pen.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
    return;
  }
  pen.save();
  pen.beginPath();
  if (name === "partly") polygon(pen, [[x, y + side], [x + side, y], [x + side, y + side]]);
  else pen.rect(x, y, side, side);
  pen.clip();
  pen.beginPath();
  pen.strokeStyle = INK;
  pen.lineWidth = side < 12 ? 0.8 : 1;
  if (name === "partly" || name === "not_assessable" || name === "unfinished") {
    const step = side < 12 ? 3 : 4;
    for (let d = step / 2; d < 2 * side; d += step) {
      pen.moveTo(x + d, y);
      pen.lineTo(x + d - side, y + side);
      if (name === "unfinished") { pen.moveTo(x + side - d, y); pen.lineTo(x + 2 * side - d, y + side); }
    }
  } else if (name === "not_covered") {
    const [low, high] = [side * 0.28, side * 0.72];
    pen.moveTo(x + low, y + low);
    pen.lineTo(x + high, y + high);
    pen.moveTo(x + high, y + low);
    pen.lineTo(x + low, y + high);
  } else if (name === "no_negative") {
    pen.moveTo(x + side * 0.3, y + side / 2);
    pen.lineTo(x + side * 0.7, y + side / 2);
  }
  pen.stroke();
  pen.restore();
}

function drawCell(pen, x, y, side, one, gene) {
  drawAnswer(pen, x, y, side, answerOf(one, gene)[0]);
  const findings = shownOf(one, gene);
  if (findings.length) drawFinding(pen, x, y, side, findings[0][1], findings[0][2], findings.length > 1);
  else if (found[one].has(gene)) drawLower(pen, x, y, side);
}

// a finding of a tier that is not shown: the cell is not empty
function drawLower(pen, x, y, side) {
  pen.beginPath();
  pen.arc(x + side / 2, y + side / 2, side < 12 ? 1.2 : 2, 0, 2 * Math.PI);
  pen.fillStyle = EDGE[3];
  pen.fill();
}

const size = () => Number(byId("size").value);
const gap = () => (size() < 12 ? 1 : 2);
const LEFT = 110;
const fontOf = (step) => `${Math.min(12, Math.max(7, step - 1))}px sans-serif`;
let head = 0; // height of the names of cases: none where they could not be read

// an empty canvas of that size, in CSS pixels
function pencil(of, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [wide, tall] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (of.width !== wide || of.height !== tall) {
    [of.width, of.height] = [wide, tall];
    of.style.width = `${width}px`;
    of.style.height = `${height}px`;
  }
  const pen = of.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

function resize() {
  const step = size();
  const pen = canvas.getContext("2d");
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.font = fontOf(step);
  const longest = Math.max(0, ...cases.map((one) => pen.measureText(names[one]).width));
  head = step < 12 ? 6 : Math.min(220, Math.ceil(longest) + 12);
  const [width, height] = [LEFT + cases.length * step + 8, head + genes.length * step + 8];
  spacer.style.width = `${width}px`;
  spacer.style.height = `${height}px`;
  scroll.style.height = `${Math.min(height + 20, window.innerHeight * 0.75)}px`;
  draw();
}

function draw() {
  const pen = pencil(canvas, Math.min(scroll.clientWidth, spacer.clientWidth), Math.min(scroll.clientHeight, spacer.clientHeight));
  const [width, height] = [parseFloat(canvas.style.width), parseFloat(canvas.style.height)];
  const [step, side] = [size(), size() - gap()];
  const [left, above] = [scroll.scrollLeft, scroll.scrollTop];
  const [first, last] = [Math.floor(left / step), Math.min(cases.length, Math.ceil((left + width - LEFT) / step))];
  const [upper, lower] = [Math.floor(above / step), Math.min(genes.length, Math.ceil((above + height - head) / step))];
  const x = (place) => LEFT + place * step - left;
  const y = (place) => head + place * step - above;
  pen.font = fontOf(step);
  pen.textBaseline = "middle";

  const inside = (bx, by, bw, bh, paint) => {
    pen.save();
    pen.beginPath();
    pen.rect(bx, by, bw, bh);
    pen.clip();
    paint();
    pen.restore();
  };
  inside(LEFT, head, width, height, () => {
    for (let c = first; c < last; c += 1)
      for (let g = upper; g < lower; g += 1) drawCell(pen, x(c), y(g), side, cases[c], genes[g]);
    if (at) {
      pen.strokeStyle = "#0072b2";
      pen.lineWidth = 2.5;
      pen.strokeRect(x(at[0]) - 1, y(at[1]) - 1, side + 2, side + 2);
    }
  });
  pen.fillStyle = INK;
  inside(0, head, LEFT, height, () => {
    pen.textAlign = "right";
    for (let g = upper; g < lower; g += 1) pen.fillText(data.genes[genes[g]], LEFT - 6, y(g) + side / 2, LEFT - 10);
  });
  if (step < 12) return; // names of cases could not be read
  inside(LEFT, 0, width, head, () => {
    pen.textAlign = "left";
    for (let c = first; c < last; c += 1) {
      pen.save();
      pen.translate(x(c) + side / 2, head - 5);
      pen.rotate(-Math.PI / 2);
      pen.fillText(names[cases[c]], 0, 0, head - 10);
      pen.restore();
    }
  });
}

// ------------------------------------------------------------------------------------------------ reading a cell

function words(one, gene) {
  const findings = (found[one].get(gene) ?? []).map(([, tier, kind, said]) =>
    `Tier ${data.tiers[tier]} ${said} (${data.said[data.kinds[kind]]})`);
  const row = rows[one];
  const head = `${data.genes[gene]} in ${names[one]} (${[row.dataset.type, row.dataset.run].filter(Boolean).join(", ")})`;
  return `${head}: ${[...findings, answerOf(one, gene)[1]].join("; ")}`;
}

function cellAt(event) {
  const box = canvas.getBoundingClientRect();
  const c = Math.floor((event.clientX - box.left - LEFT + scroll.scrollLeft) / size());
  const g = Math.floor((event.clientY - box.top - head + scroll.scrollTop) / size());
  const inCells = event.clientX - box.left >= LEFT && event.clientY - box.top >= head;
  return inCells && c < cases.length && g < genes.length ? [c, g] : null;
}

const linkOf = (one) => rows[one].querySelector("a");

function focusOn(cell) {
  at = cell;
  const [one, gene] = [cases[cell[0]], genes[cell[1]]];
  const said = byId("said");
  said.textContent = `${words(one, gene)}. `;
  const link = linkOf(one)?.cloneNode();
  if (link) {
    link.textContent = "Open its report";
    said.append(link);
  }
  const step = size();
  const [px, py] = [cell[0] * step, cell[1] * step];
  scroll.scrollLeft = Math.min(px, Math.max(scroll.scrollLeft, px + step + LEFT - scroll.clientWidth));
  scroll.scrollTop = Math.min(py, Math.max(scroll.scrollTop, py + step + head - scroll.clientHeight));
  draw();
}

canvas.addEventListener("click", (event) => {
  const cell = cellAt(event);
  if (cell) focusOn(cell);
});
canvas.addEventListener("pointermove", (event) => {
  const cell = cellAt(event);
  const hover = byId("hover");
  hover.hidden = !cell;
  if (!cell) return;
  hover.textContent = words(cases[cell[0]], genes[cell[1]]);
  hover.style.left = `${Math.min(event.clientX + 14, window.innerWidth - 400)}px`;
  hover.style.top = `${event.clientY + 16}px`;
});
canvas.addEventListener("pointerleave", () => { byId("hover").hidden = true; });

scroll.addEventListener("keydown", (event) => {
  if (!cases.length || !genes.length) return;
  const [c, g] = at ?? [0, 0];
  const [lastCase, lastGene] = [cases.length - 1, genes.length - 1];
  const to = {
    ArrowLeft: [c - 1, g], ArrowRight: [c + 1, g], ArrowUp: [c, g - 1], ArrowDown: [c, g + 1],
    Home: [0, g], End: [lastCase, g], PageUp: [c, g - 10], PageDown: [c, g + 10],
  }[event.key];
  if (to) {
    event.preventDefault();
    focusOn(at ? [Math.min(lastCase, Math.max(0, to[0])), Math.min(lastGene, Math.max(0, to[1]))] : [0, 0]);
  } else if (event.key === "Enter" && at) {
    linkOf(cases[at[0]])?.click();
  }
});

// ------------------------------------------------------------------------------------------------ the key, the start

function key(id, entries) {
  for (const [label, paint] of entries) {
    const entry = document.createElement("span");
    const sign = document.createElement("canvas");
    paint(pencil(sign, 18, 18));
    entry.append(sign, label);
    byId(id).append(entry);
  }
}

key("key-tiers", data.tiers.map((tier, n) => [`Tier ${tier}`, (pen) => drawFinding(pen, 1, 1, 16, n, 0, false)]));
key("key-kinds", data.kinds.map((kind, n) => [data.said[kind], (pen) => drawFinding(pen, 1, 1, 16, 0, n, false)]));
key("key-kinds", [["several: that of the highest tier", (pen) => drawFinding(pen, 1, 1, 16, 0, 0, true)]]);
key("key-kinds", [["only lower tiers, not shown", (pen) => drawLower(pen, 1, 1, 16)]]);
key("key-answers", data.states.map((state, n) => [data.said[state], (pen) => drawAnswer(pen, 1, 1, 16, n)]));

for (const id of ["words", "type", "verdict", "run", "tiers", "which", "genes-by", "cases-by"])
  byId(id)?.addEventListener("input", choose);
byId("size").addEventListener("input", resize);
scroll.addEventListener("scroll", () => requestAnimationFrame(draw));
addEventListener("resize", resize);
choose();
