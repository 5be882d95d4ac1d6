/** Causes that a log line proves. likely_cause.ts decides which line counts; exit_cause_rows.ts has those of the exit. */
import type { CrashCauseCode } from '../../protocol/crash.ts'
import type { Runtime } from '../../protocol/config.ts'
import { message, type Message, type PlainCode } from '../../protocol/messages.ts'
import { moduleRemedy, pythonOf } from './python_packages.ts'

export interface CauseSection {
  command: readonly string[]
  runtime: Runtime
}

export interface LogCauseRow {
  code: CrashCauseCode
  /** Fixed words as alternatives, so that matching is fast for every line. */
  text: RegExp
  /**
   * A line that matches this too is not sufficient evidence alone: the program may have continued. It only supports another line.
   */
  aside?: RegExp
  /** Finds the file, module or port that a matching line is about. Never a folder: its name may identify a person. */
  subject?: RegExp
  /** `exit_code`: applies to a program that exited, not to one that a signal or fault ended. */
  ends: 'exit_code' | 'any'
  /** The subject follows the sentence, behind a colon. */
  isSubjectLast?: boolean
  remedy: PlainCode | ((section: CauseSection, subject: string | null) => PlainCode | Message)
  /** Who logs the text, or where it is documented. */
  source: string
}

/** The last part of a path before `: text`, or after it. */
const FILE_BEFORE = /([\w.+-]{1,120}): cannot open shared object file/
const MODEL_FILE = /([\w.+-]{1,120}\.(?:onnx|ort|pt|pth|safetensors|gguf|h5|tflite|json))\b/i

/** onnxruntime and our backends log this for a provider that does not load, then try the next one. */
const PASSED_OVER =
  /\[[EW]:onnxruntime|onnxruntime_providers_|execution provider .{1,40} did not load/

/** The first of several rows with the same newest line wins, so model causes come before provider causes. */
export const LOG_CAUSE_ROWS: readonly LogCauseRow[] = [
  {
    code: 'interpreter_missing',
    text: /cannot be started: its interpreter \S{1,400}, named in the first line of|: bad interpreter: No such file or directory|env: ‘?[\w.-]{1,60}’?: No such file or directory/,
    ends: 'exit_code',
    remedy: 'fix.venv',
    source: 'control/launcher/start_failure.ts; bash; env of coreutils',
  },
  {
    code: 'program_unfit',
    text: /exec format error|cannot execute binary file|is not a valid Win32 application|version of .{1,200} is not compatible with the version of Windows|\bELF\b.{0,200}(?:not found|[Ss]yntax error)|[Bb]ad CPU type in executable/i,
    ends: 'exit_code',
    remedy: 'fix.build',
    source: 'Linux errno 8; macOS; Windows system error 193; dash and bash',
  },
  {
    code: 'program_not_found',
    text: /cannot be started: (?:.{1,600} does not exist|".{1,400}" is not on the PATH)|: (?:line )?\d{1,6}: \S{1,120}: (?:command )?not found$|^\w{0,4}sh: \S{1,120}: not found$|^zsh: command not found|can't open file '.{1,400}': \[Errno 2\]|Error: Cannot find module '(?:\/|[A-Za-z]:\\)[^']{1,400}\.[cm]?[jt]s'|is not recognized as an internal or external command/,
    subject:
      /can't open file '(?:[^']{0,400}[\\/])?([^'\\/]{1,120})'|Cannot find module '(?:[^']{0,400}[\\/])?([^'\\/]{1,120})'|^(?:ERROR )?(?:[^\s:]{0,400}[\\/])?([^\s:\\/]{1,120}) cannot be started|([\w.+-]{1,120}): (?:command )?not found$/,
    ends: 'exit_code',
    remedy: ({ command }) =>
      /[\\/]\.?v?env[\\/]/.test(command[0] ?? '') ? 'fix.venv' : 'fix.program',
    source: 'control/launcher/start_failure.ts; CPython; Node; shells; cmd.exe',
  },
  {
    code: 'program_not_executable',
    text: /cannot be started: .{1,600} is (?:not executable|a folder)|: (?:line )?\d{1,6}: \S{1,400}: Permission denied$/,
    subject: /([\w.+-]{1,120}) cannot be started|([\w.+-]{1,120}): Permission denied$/,
    ends: 'exit_code',
    remedy: 'fix.executable',
    source: 'control/launcher/start_failure.ts; shells',
  },
  {
    code: 'model_missing',
    text: /the model file .{1,400} (?:is missing|cannot be opened: ENOENT|cannot be opened \(ENOENT\))|failed[.:] ?File doesn't exist|NO_SUCHFILE|No such file: .{1,400} Correct the path in model|No such file or directory: .{0,400}\.(?:onnx|ort|pt|pth|safetensors|gguf|h5|tflite)\b/i,
    subject: MODEL_FILE,
    ends: 'exit_code',
    remedy: ({ runtime }) => (runtime === 'builtin' ? 'fix.models' : 'fix.model_path'),
    source:
      'backends/base/session.ts; onnxruntime core/session (NoSuchFile); Python FileNotFoundError',
  },
  {
    code: 'model_corrupt',
    text: /INVALID_PROTOBUF|Protobuf parsing failed|the model file .{1,400} (?:is empty\.|is an? (?:Git LFS pointer|web page|archive|HDF5 file)|is incomplete)|is not a model description|is not the file that .{1,400} describes|PytorchStreamReader failed|invalid load key|Error while deserializing header|invalid magic (?:characters|number)/i,
    subject: MODEL_FILE,
    ends: 'exit_code',
    remedy: ({ runtime }) => (runtime === 'builtin' ? 'fix.models' : 'fix.model_file'),
    source:
      'backends/base/session.ts; onnxruntime core/graph/model.cc; PyTorch caffe2/serialize; Python pickle; safetensors; llama.cpp gguf.cpp',
  },
  {
    code: 'port_taken',
    text: /EADDRINUSE|address (?:is )?already in use|WinError 10048|WSAEADDRINUSE|Only one usage of each socket address|port \d{1,5} on \S{1,255} is (?:already in use|taken by another program)/i,
    subject: /^(?:.*?\bport (\d{1,5})\b|.*:(\d{1,5})\b)/is,
    ends: 'exit_code',
    remedy: 'fix.port_taken',
    source: 'Node errors (EADDRINUSE); Linux errno 98, macOS errno 48; Winsock error 10048',
  },
  {
    code: 'port_forbidden',
    text: /listen EACCES|listen EPERM|bind\w*.{0,80}Permission denied|attempting to bind on address.{0,120}permission denied|WinError 10013|WSAEACCES|port \d{1,5} on \S{1,255} is forbidden for this user/i,
    subject: /^(?:.*?\bport (\d{1,5})\b|.*:(\d{1,5})\b)/is,
    ends: 'exit_code',
    remedy: 'fix.port_forbidden',
    source: 'Node errors (EACCES); asyncio create_server; Winsock error 10013',
  },
  {
    code: 'address_unavailable',
    text: /EADDRNOTAVAIL|Cannot assign requested address|WinError 10049|WSAEADDRNOTAVAIL/i,
    ends: 'exit_code',
    remedy: 'fix.own_host',
    source: 'Linux errno 99, macOS errno 49; Winsock error 10049',
  },
  {
    code: 'shared_library_missing',
    text: /cannot open shared object file|DLL load failed while importing|DLL load failed: The specified module|The specified module could not be found|Library not loaded: |Could not load dynamic library|Failed to load shared library/i,
    aside: PASSED_OVER,
    subject: new RegExp(
      `${FILE_BEFORE.source}|DLL load failed while importing ([\\w.]{1,120})|([\\w.+-]{1,120}\\.(?:dll|node|dylib))\\b`,
      'i',
    ),
    ends: 'exit_code',
    isSubjectLast: true,
    remedy: 'fix.library',
    source:
      'glibc dlopen; CPython on Windows; Windows system error 126; macOS dyld; onnxruntime provider_bridge_ort.cc',
  },
  {
    code: 'shared_library_unfit',
    text: /version `(?:GLIBC|GLIBCXX|CXXABI)_[\d.]{1,12}' not found|wrong ELF class|invalid ELF header|mach-o.{0,80}incompatible architecture|is not a valid Win32 application|undefined symbol: |NODE_MODULE_VERSION \d/i,
    subject: /\b((?:GLIBC|GLIBCXX|CXXABI)_[\d.]{1,12})|undefined symbol: (\w{1,120})/,
    ends: 'exit_code',
    isSubjectLast: true,
    remedy: 'fix.build',
    source: 'glibc ld.so; macOS dyld; Windows system error 193; Node process.dlopen',
  },
  {
    code: 'python_module_missing',
    text: /ModuleNotFoundError: |ImportError: No module named |: No module named /,
    subject: /No module named ['"]?([\w.]{1,120})/,
    ends: 'exit_code',
    remedy: ({ command }, module) => moduleRemedy(module, command),
    source:
      'https://docs.python.org/3/library/exceptions.html#ModuleNotFoundError; python -m of a missing module',
  },
  {
    code: 'python_syntax',
    text: /^(?:SyntaxError|IndentationError|TabError): |unsupported operand type\(s\) for \|: '(?:type|types\.GenericAlias|NoneType)' and|ImportError: cannot import name '\w{1,60}' from '(?:typing|collections|asyncio)'|requires a different Python: |Requires-Python|is not a supported wheel on this platform/,
    subject: /requires a different Python: ([\d.]{1,12})/,
    ends: 'exit_code',
    remedy: ({ command }) => message('fix.python', { python: pythonOf(command) }),
    source: 'https://docs.python.org/3/library/exceptions.html#SyntaxError; PEP 604; pip',
  },
  {
    code: 'node_module_missing',
    text: /ERR_MODULE_NOT_FOUND|Cannot find package '|Error: Cannot find module '/,
    subject:
      /Cannot find module '(\.{1,2}[\\/][^']{1,120})'|Cannot find (?:package|module) '(?:[^']{0,300}[\\/])?([^'\\/]{1,120})'/,
    ends: 'exit_code',
    remedy: (_section, module) => (module?.startsWith('.') === true ? 'fix.node_file' : 'fix.npm'),
    source: 'https://nodejs.org/api/errors.html#err_module_not_found',
  },
  {
    code: 'js_heap_exhausted',
    text: /JavaScript heap out of memory|ERR_WORKER_OUT_OF_MEMORY|reaching memory limit: JS heap/,
    ends: 'any',
    remedy: 'fix.js_heap',
    source: 'V8 heap (FatalProcessOutOfMemory); Node worker_threads',
  },
  {
    code: 'gpu_memory_exhausted',
    text: /cudaErrorMemoryAllocation|CUDA_ERROR_OUT_OF_MEMORY|(?:CUDA|HIP|MPS backend) out of memory|(?:CUDA|HIP) error: out of memory|CUDA failure 2: out of memory|cudaMalloc failed|hipErrorOutOfMemory|CUBLAS_STATUS_ALLOC_FAILED|VK_ERROR_OUT_OF_DEVICE_MEMORY|CUDNN_STATUS_ALLOC_FAILED|ResourceExhaustedError: .{0,200}OOM|OOM when allocating tensor|RESOURCE_EXHAUSTED: Out of memory/,
    ends: 'any',
    remedy: 'fix.gpu_memory',
    source:
      'CUDA runtime API cudaError 2; PyTorch; TensorFlow; JAX; llama.cpp; ROCm; cuBLAS; cuDNN; Vulkan VkResult',
  },
  {
    code: 'memory_exhausted',
    text: /std::bad_alloc|Failed to allocate memory for requested buffer|Failed to allocate memory|^MemoryError\b|_ArrayMemoryError|DefaultCPUAllocator: (?:can't|not enough)|Cannot allocate memory|ENOMEM|Array buffer allocation failed/,
    ends: 'any',
    remedy: 'fix.free_memory',
    source:
      'C++ standard library; onnxruntime core/framework/bfc_arena.cc; CPython; PyTorch; Linux errno 12; V8',
  },
  {
    code: 'gpu_driver_unfit',
    text: /CUDA driver version is insufficient|cudaErrorInsufficientDriver|Failed to initialize NVML|Driver\/library version mismatch|NVIDIA-SMI has failed|CUDA_ERROR_NO_DEVICE|no CUDA-capable device is detected|VK_ERROR_INCOMPATIBLE_DRIVER/,
    aside: PASSED_OVER,
    ends: 'exit_code',
    remedy: 'fix.gpu_driver',
    source: 'CUDA runtime API cudaError 35 and 100; NVML; nvidia-smi; Vulkan VkResult',
  },
  {
    code: 'unsupported_cpu_instruction',
    text: /compiled to use .{1,60} instructions, but these aren't available|CPU (?:does not support|lacks) \w{0,4}AVX|Illegal instruction/,
    subject: /\b((?:AVX|SSE|FMA|AVX512)[\w.]{0,8})\b/,
    ends: 'any',
    isSubjectLast: true,
    remedy: 'fix.cpu_build',
    source: 'TensorFlow core/platform/cpu_feature_guard.cc; shells (SIGILL)',
  },
  {
    code: 'gpu_device_lost',
    text: /DXGI_ERROR_DEVICE_(?:REMOVED|HUNG|RESET)|0x887A000[567]\b|\b887A000[567]\b|VK_ERROR_DEVICE_LOST|cudaErrorDevicesUnavailable|GPU has fallen off the bus/i,
    ends: 'any',
    remedy: 'fix.gpu_driver',
    source:
      'https://learn.microsoft.com/windows/win32/direct3ddxgi/dxgi-error; Vulkan VkResult; NVIDIA Xid 79',
  },
]
