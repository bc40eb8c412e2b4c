// Types of the whole front end with svelte-check, warnings counted as errors; first a planted error must be found.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const check = (...args) =>
    spawnSync(join(web, "node_modules/.bin/svelte-check"), ["--fail-on-warnings", "--output", "human", ...args], { cwd: web, encoding: "utf8" });

const planted = check("--tsconfig", "tests/types/tsconfig.json");
if (planted.status === 0 || !/Planted\.svelte/.test(planted.stdout)) {
    console.error("types: svelte-check did not find the planted error, so its silence means nothing");
    process.exit(1);
}
const real = check();
process.stdout.write(real.stdout);
process.exitCode = real.status ?? 1;
