// Confirmation page: the server has the dossier, so the draft on this device is no longer needed.
import { openStore } from "../core/offline/db";
import { Drafts } from "../core/offline/drafts";
import "./common";
import { pageData } from "./data";

const { draft } = pageData<{ draft?: string }>();
if (draft) void new Drafts(openStore()).drop(draft);
