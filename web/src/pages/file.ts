// Filing a dossier (portal and counter): puts the form engine into the place of the fields that the server wrote.
import { mount } from "svelte";
import type { Answers, Definition } from "../core/forms/model";
import { translator } from "../core/i18n/t";
import { openStore } from "../core/offline/db";
import { Drafts } from "../core/offline/drafts";
import FilingForm from "../forms/FilingForm.svelte";
import { FormState, type ServerError } from "../forms/state.svelte";
import type { Units } from "../forms/units";
import "./common";
import { csrfToken, pageData, pageMessages } from "./data";

interface Data {
    definition?: Definition;
    answers?: Answers;
    errors?: ServerError[];
    today: string;
    units?: Units;
    draft?: string;
}

const data = pageData<Data>();
const element = document.querySelector<HTMLFormElement>("form#form");
const fields = document.getElementById("fields");
if (data.definition && element && fields) {
    const lang = document.documentElement.lang === "en" ? "en" : "vi";
    const t = translator(pageMessages());
    const answers = data.answers ?? {};
    const say = (reason: string, params: Record<string, string>) => t(reason, { ...params, text: params[`text_${lang}`] ?? "" });
    const form = new FormState(data.definition, answers, data.today, say, data.errors);
    // The island shows the errors itself, from the same data.
    document.querySelector("main .errors")?.remove();
    fields.replaceChildren();
    mount(FilingForm, {
        target: fields,
        props: { form, element, answers, lang, units: data.units ?? {}, t, csrf: csrfToken(), drafts: new Drafts(openStore()), draft: data.draft },
    });
}
