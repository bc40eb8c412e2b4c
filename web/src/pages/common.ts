// On every page: text size and contrast without a reload, language links that keep the query, and one sending per form.
import { nextSize, readPreferences, rootClass } from "../core/preferences";

const year = 365 * 24 * 3600;

function remember(name: string, value: string) {
    document.cookie = `${name}=${value}; Path=/; Max-Age=${year}; SameSite=Lax`;
}

function refresh() {
    const preferences = readPreferences(document.cookie);
    document.documentElement.className = rootClass(preferences);
    const size = document.querySelector<HTMLElement>("[data-text-size]");
    const contrast = document.querySelector<HTMLElement>("[data-contrast]");
    if (size) size.textContent = (preferences.text === "larger" ? size.dataset.off : size.dataset.on) ?? "";
    if (contrast) contrast.textContent = (preferences.contrast ? contrast.dataset.off : contrast.dataset.on) ?? "";
}

document.querySelector("[data-text-size]")?.addEventListener("click", (event) => {
    event.preventDefault();
    remember("text", nextSize(readPreferences(document.cookie).text));
    refresh();
});
document.querySelector("[data-contrast]")?.addEventListener("click", (event) => {
    event.preventDefault();
    remember("contrast", readPreferences(document.cookie).contrast ? "normal" : "more");
    refresh();
});
for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-lang]")) {
    const query = new URLSearchParams(location.search);
    query.set("lang", link.dataset.lang!);
    link.search = query.toString();
}
refresh();

// A second press while the first is on its way would send twice; the server would refuse it, but the person would see a refusal.
document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sending) event.preventDefault();
    form.dataset.sending = "1";
});
// A page that comes back from the history can be sent again.
addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sending]")) delete form.dataset.sending;
});

// The error summary takes the focus, as if it had been announced.
document.querySelector<HTMLElement>("[data-focus]")?.focus();
