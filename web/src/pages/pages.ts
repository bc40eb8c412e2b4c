// The page shells: one line a page. `script` is the entry that enhances it (each page works without), `messages` the catalogues
// that script needs (put into the shell), `area` chooses the menu. The server fills the slots (web/README.md).
export interface PageShell {
    name: string;
    area: "portal" | "officer";
    /** Menu item that is current on this page. */
    nav?: string;
    script: string;
    messages?: string;
}

export const pages: PageShell[] = [
    { name: "home", area: "portal", nav: "home", script: "common" },
    { name: "search", area: "portal", nav: "search", script: "common" },
    { name: "procedure", area: "portal", nav: "search", script: "common" },
    { name: "file", area: "portal", script: "file", messages: "form" },
    { name: "sent", area: "portal", script: "sent" },
    { name: "track", area: "portal", nav: "track", script: "common" },
    { name: "signin", area: "portal", script: "signin" },
    { name: "worklist", area: "officer", nav: "worklist", script: "worklist" },
    { name: "dossier", area: "officer", script: "signin" },
    { name: "counter", area: "officer", script: "file", messages: "form" },
    { name: "error", area: "portal", script: "common" },
];

export const languages = ["vi", "en"] as const;
export type Language = (typeof languages)[number];

/** Addresses that shells link to. */
export const menu: Record<PageShell["area"], { key: string; href: string }[]> = {
    portal: [
        { key: "home", href: "/" },
        { key: "search", href: "/thu-tuc" },
        { key: "track", href: "/tra-cuu" },
    ],
    officer: [
        { key: "worklist", href: "/officer" },
        { key: "portal", href: "/" },
    ],
};
