// Worklist by keyboard: j and k move between rows ([data-row]), Enter opens the row's first link, / goes to the search field.
import "./common";

const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
let at = -1;

function select(next: number) {
    if (next < 0 || next >= rows.length) return;
    rows[at]?.removeAttribute("aria-current");
    at = next;
    const row = rows[at]!;
    row.setAttribute("aria-current", "true");
    row.querySelector<HTMLElement>("a")?.focus();
    row.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.altKey || event.metaKey || target.closest("input, select, textarea")) return;
    if (event.key === "j") select(at + 1);
    else if (event.key === "k") select(at - 1);
    else if (event.key === "/") document.querySelector<HTMLElement>("input[type=search]")?.focus();
    else return;
    event.preventDefault();
});
