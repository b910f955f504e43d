#!/usr/bin/env node
// Runs the conformance suite with the public suite's variables (RESTORE_TEST_*). A variable that is not set has no
// effect: the public defaults, an address and a list of four domains, are not taken.
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const USAGE = 64;
const UNAVAILABLE = 3;
const PROGRAM = "restore-conformance";

/** What each public variable means to the suite: command line words, or why it cannot be honoured. */
const VARIABLES = {
  RESTORE_TEST_PARALLELISM: (value) =>
    value === "false" ? ["--jobs", "1"] : value === "true" ? [] : refuse("must be true or false"),
  RESTORE_TEST_API_BASE_URL: () => refuse("an address alone does not say where its backends are; give a certification by -- --implementation FILE (docs/certify.md)"),
  RESTORE_TEST_AUTH_TOKEN: () => refuse("tokens are a matter of the certification: -- --implementation FILE (docs/certify.md)"),
  RESTORE_TEST_DOMAINS_ENABLED: (value) =>
    sameSet(value, ["iam", "postgres_metadata", "mongo_metadata", "kafka", "storage"])
      ? []
      : refuse("all five domains are always tested; choose scenarios by -- --tags or -- --scenario"),
  RESTORE_TEST_OW_ENABLED: (value) => (value === "false" ? [] : refuse("the functions domain is outside this suite")),
  RESTORE_TEST_MONGO_ENABLED: (value) => (value === "true" ? [] : refuse("mongo_metadata is always tested")),
  RESTORE_TEST_REPORT_OUTPUT: (value) => ["--public-report", value],
  RESTORE_TEST_SCENARIO_TIMEOUT_MS: () => refuse("waits are fixed; see harness/src/timeouts.rs"),
  RESTORE_TEST_CLEANUP_RETRIES: () => refuse("cleanup asks each backend itself and reports what is left"),
  RESTORE_TEST_CORRELATION_PREFIX: () => refuse("correlation ids start with the run's own prefix"),
};

function refuse(why) {
  throw new Error(why);
}

function sameSet(list, wanted) {
  const given = new Set(list.split(",").map((key) => key.trim()));
  return given.size === wanted.length && wanted.every((key) => given.has(key));
}

/** The suite's words for these variables, and everything that cannot be honoured. */
function translate(environment) {
  const words = [];
  const problems = [];
  for (const name of Object.keys(environment).filter((key) => key.startsWith("RESTORE_TEST_")).sort()) {
    const value = environment[name];
    if (value === "") continue;
    try {
      words.push(...(VARIABLES[name] ?? (() => refuse("no such variable")))(value));
    } catch (error) {
      problems.push(`${name}=${name.endsWith("TOKEN") ? "…" : value}: ${error.message}`);
    }
  }
  return { words, problems };
}

/** The suite: the named program, else what this repository builds, else the one in PATH. */
function findSuite(environment) {
  const named = environment.RESTORE_CONFORMANCE;
  if (named) {
    return isProgram(named)
      ? { program: named, words: [] }
      : { problem: `RESTORE_CONFORMANCE=${named}: there is no such program` };
  }
  const workspace = fileURLToPath(new URL("../Cargo.toml", import.meta.url));
  if (existsSync(workspace)) {
    const words = ["run", "--quiet", "--manifest-path", workspace, "--bin", PROGRAM, "--"];
    return { program: environment.CARGO ?? "cargo", words };
  }
  const folders = (environment.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = folders.map((folder) => join(folder, PROGRAM)).find(isProgram);
  return found
    ? { program: found, words: [] }
    : {
        problem:
          `there is no ${PROGRAM}: this package starts it and does not hold it. Unpack the archive that \`just dist\` makes, and ` +
          "put its bin/ on PATH or the program's path into RESTORE_CONFORMANCE.",
      };
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const { words, problems } = translate(process.env);
if (problems.length > 0) {
  console.error(`These variables are set but not supported:\n  ${problems.join("\n  ")}\nUnset them and run again.`);
  process.exit(USAGE);
}
const suite = findSuite(process.env);
if (suite.problem) {
  console.error(suite.problem);
  process.exit(UNAVAILABLE);
}
const child = spawn(suite.program, [...suite.words, "run", ...words, ...process.argv.slice(2)], { stdio: "inherit" });
// The terminal sends Ctrl-C to the suite as well, which then cleans up: wait for its end.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("error", (error) => {
  console.error(`cannot run ${suite.program}: ${error.message}`);
  process.exit(UNAVAILABLE);
});
child.on("exit", (code) => process.exit(code ?? 130));
