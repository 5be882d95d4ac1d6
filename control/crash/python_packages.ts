/** Maps a Python module that cannot be imported to the command that installs it. */
import { message, type Message } from '../../protocol/messages.ts'

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
export function moduleRemedy(module: string | null, command: readonly string[]): Message {
  const root = module?.split('.')[0] ?? ''
  const system = SYSTEM_PACKAGES.get(root)
  if (system !== undefined) return message('fix.apt', { package: system })
  if (OWN_FOLDERS.has(root)) return message('fix.own_module', { name: root })
  const name = PACKAGE_OF_MODULE.get(module ?? '') ?? PACKAGE_OF_MODULE.get(root) ?? root
  const python = pythonOf(command)
  const isRelative = /^\.|^[^/\\:]+[\\/]/.test(python)
  const place = isRelative ? message('fix.pip_in_cwd') : ''
  return message('fix.pip', { command: `${python} -m pip install ${name || '…'}`, place })
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
