/** Maps a Python module that cannot be imported to the command that installs it. */

/** Modules whose PyPI package has another name; pip treats `_` as `-`. */
const PACKAGE_OF_MODULE = new Map(
  Object.entries({
    cv2: 'opencv-python',
    PIL: 'pillow',
    sklearn: 'scikit-learn',
    skimage: 'scikit-image',
    yaml: 'PyYAML',
    'google.protobuf': 'protobuf',
    'ruamel.yaml': 'ruamel.yaml',
    attr: 'attrs',
    bs4: 'beautifulsoup4',
    Bio: 'biopython',
    bluetooth: 'pybluez',
    clip: 'openai-clip',
    Crypto: 'pycryptodome',
    dateutil: 'python-dateutil',
    discord: 'discord.py',
    docx: 'python-docx',
    dotenv: 'python-dotenv',
    engineio: 'python-engineio',
    faiss: 'faiss-cpu',
    fitz: 'PyMuPDF',
    git: 'GitPython',
    gi: 'PyGObject',
    jose: 'python-jose',
    jwt: 'PyJWT',
    Levenshtein: 'python-Levenshtein',
    llama_cpp: 'llama-cpp-python',
    magic: 'python-magic',
    multipart: 'python-multipart',
    MySQLdb: 'mysqlclient',
    nacl: 'PyNaCl',
    OpenSSL: 'pyOpenSSL',
    pkg_resources: 'setuptools',
    pptx: 'python-pptx',
    psycopg2: 'psycopg2-binary',
    pywintypes: 'pywin32',
    serial: 'pyserial',
    socketio: 'python-socketio',
    speech_recognition: 'SpeechRecognition',
    usb: 'pyusb',
    whisper: 'openai-whisper',
    win32api: 'pywin32',
    win32con: 'pywin32',
    zmq: 'pyzmq',
  }),
)

/** Parts of the standard library that Linux distributions package separately. */
const SYSTEM_PACKAGES = new Map(
  Object.entries({
    tkinter: 'python3-tk',
    _tkinter: 'python3-tk',
    venv: 'python3-venv',
    ensurepip: 'python3-venv',
    distutils: 'python3-setuptools',
  }),
)

/** Typical folder names of the program itself; PyPI packages of that name are unrelated. */
const OWN_FOLDERS = new Set(
  'utils util model models model_backends config configs base src app lib common core backend backends helpers modules data'.split(
    ' ',
  ),
)

/** Remedy for a missing module; `command` is that of the section, empty without one. */
export function moduleRemedy(module: string | null, command: readonly string[]): string {
  const python = pythonOf(command)
  if (module === null) {
    return `Install it: \`${python} -m pip install …\`, or name the Python of the right environment in \`command\`.`
  }
  const root = module.split('.')[0] ?? module
  const system = SYSTEM_PACKAGES.get(root)
  if (system !== undefined)
    return `Install the system's package, on Debian \`apt install ${system}\`.`
  if (OWN_FOLDERS.has(root)) {
    return `"${root}" looks like a folder of the program: set \`cwd\` to the folder that holds it, or PYTHONPATH in \`env\`.`
  }
  const name = PACKAGE_OF_MODULE.get(module) ?? PACKAGE_OF_MODULE.get(root) ?? root
  return `Run \`${python} -m pip install ${name}\`${placeOf(python)}, or name the Python of the right environment in \`command\`.`
}

const PYTHON = /^(?:python|pypy)[\d.]*(?:\.exe)?$/i

/** The Python that a command runs: by name, or next to a script of a virtual environment. */
export function pythonOf(command: readonly string[]): string {
  const index = command.findIndex((part) => PYTHON.test(part.split(/[\\/]/).at(-1) ?? ''))
  // After `conda run -n x` or `uv run`, which select the environment.
  if (index >= 0 && index <= MAX_WRAPPER_PARTS) return command.slice(0, index + 1).join(' ')
  const script = /^(.*[\\/](?:bin|Scripts)[\\/])[^\\/]+$/.exec(command[0] ?? '')
  return script === null ? 'python' : `${script[1]}python`
}
const MAX_WRAPPER_PARTS = 6

/** A relative path starts at `cwd`. */
const placeOf = (python: string) =>
  /^\.|^[^/\\:]+[\\/]/.test(python) ? ' in the folder of `cwd`' : ''
