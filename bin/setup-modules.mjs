// npm's packages, exactly as the lock file has them; Node 24 is one of them.
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  fail,
  isRoot,
  networkAdvice,
  project,
  proxyForHttpsToo,
  reasonIn,
  run,
  say,
} from "./setup-run.mjs";

const patience = [
  "--fetch-retry-mintimeout=1000",
  "--fetch-retry-factor=3",
  "--fetch-timeout=60000",
];
/**
 * `npm install`, not `npm ci`: a mirror may lack optional binaries of other platforms that the lock file names. With
 * --no-save the lock file is only read. No package needs its install script, each brings compiled files for this
 * platform, and npm 11 would ask about them; NODE_ENV or npm's own settings must not leave any out.
 */
const install = [
  ...["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"],
  ...["--include=dev", "--include=optional", "--loglevel=error", "--fetch-retries=3", ...patience],
];

export function installNodeModules() {
  const reason = whyInstall();
  if (reason === undefined) return;
  requireWritable(reason);
  if (run(["npm", "--version"]).status !== 0) {
    fail("npm is missing", "install npm 10 or later: https://docs.npmjs.com/");
  }
  say(`installing npm packages (${reason})`);
  requireRegistry();
  const { status, output } = run(install);
  if (status !== 0) {
    fail(
      `npm cannot install the packages: ${reasonIn(output)}`,
      "run `npm install` and read what it says",
    );
  }
  const left = whyInstall();
  if (left !== undefined) {
    fail(
      `npm installed the packages, but ${left}`,
      "check npm's registry, whether it has that version, and npm's settings `os`, `cpu` and `omit`",
    );
  }
  giveToOwner();
}

/** One question first: with a hundred packages npm takes minutes to say that it reaches nothing. */
function requireRegistry() {
  const { version } = packagesIn("package-lock.json")["node_modules/yaml"];
  const ask = [
    "npm",
    "view",
    `yaml@${version}`,
    "version",
    "--loglevel=error",
    "--fetch-retries=1",
  ];
  let answer = run([...ask, ...patience]);
  if (answer.status !== 0 && proxyForHttpsToo()) answer = run([...ask, ...patience]);
  if (answer.status === 0) return;
  fail(
    `npm cannot reach its registry: ${reasonIn(answer.output)}`,
    networkAdvice("npm's settings `registry` and `cafile`"),
  );
}

function requireWritable(reason) {
  const modules = join(project, "node_modules");
  const place = existsSync(modules) ? modules : project;
  try {
    accessSync(place, constants.W_OK);
  } catch {
    fail(
      `npm packages must be installed (${reason}), and you may not write to ${place}`,
      `run as the owner of that folder, or as root: node ${join(project, "bin/setup.mjs")}`,
    );
  }
}

/** Packages that root installs in somebody's checkout are that person's, who will update them. */
function giveToOwner() {
  if (!isRoot || statSync(project).uid === 0) return;
  run(["chown", "-R", "-h", `--reference=${project}`, join(project, "node_modules")]);
}

/** Undefined when every package that this machine needs is there as the lock file has it. */
function whyInstall() {
  if (!existsSync(join(project, "node_modules/.bin/node"))) return "there are none";
  const installed = packagesIn("node_modules/.package-lock.json");
  if (installed === undefined) return "their record is missing";
  const locked = packagesIn("package-lock.json");
  const gone = Object.keys(installed).find((path) => !existsSync(join(project, path)));
  return gone === undefined ? differenceFrom(locked, installed) : `${gone} is gone`;
}

/** Packages that are compiled are optional in the lock file, one for each platform; the one of this platform is needed. */
export function differenceFrom(locked, installed) {
  for (const [path, entry] of Object.entries(locked)) {
    if (path === "" || (entry.optional && !isForThisMachine(entry))) continue;
    if (installed[path]?.version !== entry.version)
      return `${path.replace(/^.*node_modules\//, "")} is not at ${entry.version}`;
  }
  return undefined;
}

function isForThisMachine({ os, cpu, libc }) {
  const isCompiled = os !== undefined || cpu !== undefined;
  return isCompiled && fits(os, "linux") && fits(cpu, "x64") && fits(libc, "glibc");
}

function fits(allowed, mine) {
  return allowed === undefined || allowed.includes(mine);
}

function packagesIn(name) {
  try {
    return JSON.parse(readFileSync(join(project, name), "utf8")).packages;
  } catch {
    return undefined;
  }
}
