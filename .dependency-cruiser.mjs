/**
 * The import table: which folder may import which, the same as in CONTRIBUTING.md. Type-only imports count.
 * `protocol` <- `backends/base` <- `backends/<name>`; `protocol` <- `config` <- `control` <- `electron`; `protocol` <- `renderer`;
 * `protocol` <- `server` <- `backends/base` and `control`; `protocol` <- `client` <- whatever connects to a port.
 */
import { PROGRAM_FOLDERS } from './scripts/setup/parts.mjs'

const TEST_FILES = '\\.test\\.tsx?$'
/** npm packages under either of the paths that the resolver reports for them. */
const npmPackage = (name) => `^(node_modules/)?${name}(/|$)`
/** What makes, tries and measures the product; no part of it. */
const TOOLING = ['build', 'scripts', 'tools', 'e2e', 'bench']
/** The programs that stand above protocol, files, configuration, server and backends. */
const PROGRAMS = ['gateway', 'control', 'cli', 'electron', 'renderer']
const folders = (...names) => `^(${names.join('|')})/`

/** One row of the table: files of `from` must not import what `to` matches. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    forbid('no-circular', 'A cycle has no first module to read.', {}, { circular: true }),
    forbid(
      'protocol-imports-zod-only',
      'The protocol is what both sides of every border share; it drags nothing else across.',
      { path: folders('protocol'), pathNot: TEST_FILES },
      { pathNot: [folders('protocol'), npmPackage('zod')] },
    ),
    forbid(
      'protocol-tests-stay-inside',
      'Tests of the protocol may use test tools, and no other folder of the project.',
      { path: folders('protocol') },
      {
        path: folders('client', 'config', 'files', 'server', 'backends', ...PROGRAMS, ...TOOLING),
      },
    ),
    forbid(
      'client-imports-protocol-only',
      'It connects pages, programs and tests alike, so it brings no other folder along.',
      { path: folders('client'), pathNot: [TEST_FILES, '^client/node_socket\\.ts$'] },
      { pathNot: folders('client', 'protocol') },
    ),
    forbid(
      'client-tests-stay-outside-of-the-product',
      'They answer as a server does, or start a real one as a process.',
      { path: folders('client') },
      { path: folders('config', 'files', 'backends', ...PROGRAMS, ...TOOLING) },
    ),
    forbid(
      'pages-do-not-import-node-socket',
      'A page that bundled `ws` would not run.',
      { path: folders('renderer'), pathNot: TEST_FILES },
      { path: '^client/node_socket\\.ts$' },
    ),
    forbid(
      'servers-import-no-client',
      'What listens on a port does not know how its clients connect.',
      {
        path: folders('protocol', 'files', 'config', 'server', 'backends', 'gateway'),
        pathNot: TEST_FILES,
      },
      { path: folders('client') },
    ),
    forbid(
      'files-import-protocol-only',
      'How a file is opened, decoded and watched is the same for every program.',
      { path: folders('files'), pathNot: TEST_FILES },
      { pathNot: folders('files', 'protocol'), dependencyTypesNot: ['core'] },
    ),
    forbid(
      'config-imports-protocol-and-files-only',
      'The loader of models.yaml serves the control plane and single backends alike.',
      { path: folders('config') },
      {
        path: folders('server', 'backends', ...PROGRAMS, ...TOOLING),
      },
    ),
    forbid(
      'server-imports-protocol-only',
      'What every port has in common knows neither what is served on it nor who serves it.',
      { path: folders('server') },
      {
        path: folders('config', 'backends', ...PROGRAMS, ...TOOLING),
      },
    ),
    forbid(
      'only-ports-import-server',
      'Ports are opened by base and control; the entries of the backends read the token for them.',
      {
        path: '/',
        pathNot: [
          '^backends/(base/|[^/]+$)',
          folders('server', 'gateway', 'control', 'cli', 'node_modules', 'bench'),
        ],
      },
      { path: folders('server') },
    ),
    forbid(
      'base-imports-protocol-and-server-only',
      'The base class knows no single backend, and no panel.',
      { path: folders('backends/base') },
      {
        path: ['^backends/(?!base/)', folders('config', ...PROGRAMS, ...TOOLING)],
      },
    ),
    forbid(
      'backends-stay-apart',
      'A backend imports base, the shared faces library and the protocol; never another backend.',
      { path: '^backends/(?!base/)([^/]+)/' },
      {
        path: ['^backends/', folders('config', ...PROGRAMS, ...TOOLING)],
        pathNot: '^backends/(base|faces|$1)/',
      },
    ),
    forbid(
      'backend-entries-know-no-panel',
      'A backend is a separate program: the control plane is on the other side of a socket.',
      { path: '^backends/[^/]+$' },
      { path: folders(...PROGRAMS, ...TOOLING) },
    ),
    forbid(
      'only-backend-entries-read-config',
      'The worker thread receives its settings; main.ts, options.ts and registry.ts read the file.',
      { path: '^backends/[^/]+$', pathNot: '^backends/(main|options|registry)(\\.test)?\\.ts$' },
      { path: folders('config') },
    ),
    forbid(
      'gateway-imports-no-control',
      'It carries requests and starts nothing: the control plane hands it routes, so that it can run in a separate process.',
      { path: folders('gateway'), pathNot: TEST_FILES },
      {
        path: folders('config', 'backends', 'control', 'cli', 'electron', 'renderer', ...TOOLING),
      },
    ),
    forbid(
      'gateway-has-one-interface',
      'What others know of it: the class, the targets that it routes to, and what it observed of them.',
      { path: '/', pathNot: [folders('gateway', 'node_modules'), TEST_FILES] },
      { path: folders('gateway'), pathNot: '^gateway/(gateway|targets|observed)\\.ts$' },
    ),
    forbid(
      'control-imports-protocol-config-and-server-only',
      'The control plane watches our backends as it watches foreign ones: over their ports. Its tests too.',
      { path: folders('control') },
      { path: folders('backends', 'electron', 'renderer', ...TOOLING) },
    ),
    forbid(
      'control-knows-no-client',
      'The command line is a client of the control plane, as the panel is.',
      { path: folders('control'), pathNot: TEST_FILES },
      { path: folders('cli') },
    ),
    forbid(
      'cli-imports-no-program',
      'It asks the control plane and backends over their ports.',
      { path: folders('cli') },
      { path: folders('backends', 'electron', 'renderer', ...TOOLING) },
    ),
    forbid(
      'electron-imports-control-and-protocol-only',
      'The desktop shell is thin: what can live elsewhere lives elsewhere.',
      { path: folders('electron') },
      { path: folders('config', 'backends', 'renderer', ...TOOLING) },
    ),
    forbid(
      'only-electron-imports-electron',
      'Loading `electron` in plain Node starts a download; and everything else must run headless.',
      { pathNot: folders('electron', 'node_modules') },
      { path: npmPackage('electron') },
    ),
    forbid(
      'renderer-imports-protocol-only',
      'The panel knows the control plane by its messages alone.',
      { path: folders('renderer') },
      { path: folders('config', 'backends', 'gateway', 'control', 'electron', ...TOOLING) },
    ),
    forbid(
      'renderer-runs-in-a-browser',
      'Node modules do not exist there.',
      { path: folders('renderer'), pathNot: TEST_FILES },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'product-imports-no-tooling',
      'The product does not depend on how it is made.',
      { path: '/', pathNot: folders(...TOOLING, 'node_modules') },
      { path: folders('build', 'scripts', 'tools') },
    ),
    forbid(
      'testing-imports-protocol-only',
      'Helpers that tests of several folders share start real processes; they look into none.',
      { path: folders('testing') },
      {
        path: folders('config', 'server', 'backends', ...PROGRAMS, ...TOOLING),
      },
    ),
    forbid(
      'faults-import-protocol-and-testing-only',
      'They see the control plane as a panel and a program see it; what it thinks of itself proves nothing.',
      { path: folders('faults') },
      {
        path: folders('config', 'server', 'backends', ...PROGRAMS, ...TOOLING),
      },
    ),
    forbid(
      'only-bench-imports-faults',
      'They are a separate program; the benchmarks make the same faults.',
      { path: '/', pathNot: folders('faults', 'bench', 'node_modules') },
      { path: folders('faults') },
    ),
    forbid(
      'only-tests-import-testing',
      'What the product needs does not belong there.',
      {
        path: '/',
        pathNot: [
          TEST_FILES,
          folders('testing', ...TOOLING, 'faults', 'node_modules'),
          '^(server|renderer)/testing/',
        ],
      },
      { path: [folders('testing'), '^server/testing/'] },
    ),
    forbid(
      'nobody-imports-tests',
      'A helper for tests lives in a file that is not itself a test.',
      { pathNot: folders('node_modules') },
      { path: TEST_FILES },
    ),
    forbid(
      'no-development-packages-at-run-time',
      'These folders are not bundled with their packages: what they import must be in `dependencies`.',
      {
        path: folders(...PROGRAM_FOLDERS),
        pathNot: [TEST_FILES, '/testing/'],
      },
      {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: npmPackage('electron'),
      },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist/', '^\\.cache/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.renderer.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.d.ts'] },
  },
}
