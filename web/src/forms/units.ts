// Units that an address field offers, as the page's data block has them: by level, each [code, name].
import type { UnitLevel } from "../core/forms/model";
export type Units = Partial<Record<UnitLevel, [code: string, name: string][]>>;
