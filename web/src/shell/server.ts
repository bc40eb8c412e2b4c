// Build-time entry: renders the frame of each page in each language and hands the style sheet over. Used by scripts/build.mjs only.
import { render } from "svelte/server";
import { translator, type Messages } from "../core/i18n/t";
import { languages, pages, type Language, type PageShell } from "../pages/pages";
import css from "../ui/ui.css?inline";
import Shell from "./Shell.svelte";

export { css, languages, pages };

/** The body of the shell; comments that serve hydration are taken out, the slots `<!--#name-->` stay. */
export function body(page: PageShell, lang: Language, messages: Messages): string {
    const html = render(Shell, { props: { page, lang, t: translator(messages) } }).body;
    return html.replace(/<!--(?!#).*?-->/g, "");
}
