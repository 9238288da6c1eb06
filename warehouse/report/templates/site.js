"use strict";
// Filters of tables: a row is shown when it has the value of every list that says one.
for (const form of document.querySelectorAll("form[data-filters]")) {
  const rows = document.querySelectorAll(`#${form.dataset.filters} tbody tr`);
  const lists = [...form.querySelectorAll("select")];
  const show = () => {
    let shown = 0;
    for (const row of rows) {
      row.hidden = lists.some((list) => list.value && row.dataset[list.name] !== list.value);
      shown += row.hidden ? 0 : 1;
    }
    form.querySelector("output").textContent = `${shown} of ${rows.length}`;
  };
  form.addEventListener("change", show);
  form.hidden = false;
  show();
}

// Indicators: one site at a time, and what lies outside the chosen years steps back.
for (const form of document.querySelectorAll("form[data-period]")) {
  const [site, from, to] = ["site", "from", "to"].map((name) => form.elements[name]);
  const total = (chart, isInside) => {
    const rows = [...chart.querySelectorAll("tbody tr[data-of]")].filter((row) => isInside(row.dataset.month));
    const sum = (name) => rows.reduce((all, row) => all + Number(row.dataset[name]), 0);
    const of = sum("of");
    return of ? `Chosen years: ${sum("n")} of ${of} (${((100 * sum("n")) / of).toFixed(1)}%).` : "";
  };
  const show = (event) => {
    if (Number(from.value) > Number(to.value)) (event && event.target === from ? to : from).value = event.target.value;
    const isInside = (month) => month.slice(0, 4) >= from.value && month.slice(0, 4) <= to.value;
    for (const section of document.querySelectorAll("section[data-site]")) {
      section.hidden = Boolean(site) && section.dataset.site !== site.value;
    }
    for (const dot of document.querySelectorAll("circle[data-month]")) dot.classList.toggle("away", !isInside(dot.dataset.month));
    for (const row of document.querySelectorAll("tr[data-month]")) row.hidden = !isInside(row.dataset.month);
    const isAll = from.selectedIndex === 0 && to.selectedIndex === to.options.length - 1;
    for (const chart of document.querySelectorAll(".chart")) chart.querySelector("output").textContent = isAll ? "" : total(chart, isInside);
  };
  form.addEventListener("change", show);
  form.hidden = false;
  show();
}

// A cell leads to what stands behind it: definition, patients with file and line, SQL.
const behind = document.getElementById("behind");
if (behind) {
  const facts = JSON.parse(behind.textContent);
  const dialog = document.getElementById("explanation");
  const part = (name) => dialog.querySelector(name);
  // Names break between their parts, as the filter "breakable" lets them.
  const fill = (made, text) => {
    const pieces = String(text).split(/(?<=[/_])(?=[\p{L}\p{N}])|(?<=\.)(?=\p{L})/u);
    made.replaceChildren(...pieces.flatMap((piece) => [piece, document.createElement("wbr")]).slice(0, -1));
  };
  const element = (name, text, kind) => {
    const made = document.createElement(name);
    fill(made, text);
    if (kind) made.className = kind;
    return made;
  };
  const groupNames = (name) => name.replaceAll("_", " ");
  const person = ([patient, counted, lines]) => {
    const [key, group] = facts.patients[patient];
    const row = element("tr", "", counted ? "" : "uncounted");
    const who = element("th", key, "mono");
    who.scope = "row";
    const places = element("td", "", "places");
    for (const line of lines) {
      const [file, number] = facts.lines[line];
      const place = element("div", "");
      place.append(element("span", facts.files[file], "mono"), element("span", number));
      places.append(place);
    }
    row.append(who, element("td", groupNames(facts.groups[group])), element("td", counted ? "yes" : "no"), places);
    return row;
  };
  const show = (link) => {
    const cell = facts.cells[link.id];
    const line = link.closest("tr").querySelector("th").firstChild.textContent;
    const people = facts.lists[cell.list] ?? [];
    part("#explanation-title").textContent = `${line}, ${link.closest("td").dataset.label}: ${link.firstChild.textContent}`;
    part(".definition").replaceChildren(...cell.definition.map((sentence) => element("li", sentence)));
    const more = cell.of - people.length;
    part(".who").textContent = `${cell.counted} counted of ${cell.of}${cell.unknown ? `, ${cell.unknown} unknown` : ""}${more > 0 ? `; ${more} more are listed by the command below` : ""}.`;
    part("tbody").replaceChildren(...people.map(person));
    part(".query").textContent = cell.query;
    part(".call").hidden = !cell.call;
    fill(part(".call code"), cell.call);
    fill(part(".models"), cell.models.map((model) => facts.models[model]).join(", "));
    fill(part(".command"), `warehouse explain ${link.id}`);
    dialog.showModal();
    dialog.scrollTop = 0;
  };
  const open = () => {
    const link = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (link && link.id in facts.cells) show(link);
  };
  for (const link of document.querySelectorAll("a.cell")) link.addEventListener("click", (event) => {
    event.preventDefault();
    history.replaceState(null, "", link.hash);
    show(link);
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  addEventListener("hashchange", open);
  open();
}
