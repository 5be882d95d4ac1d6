/** What each key of a section means; in English, `description` in protocol/config.ts. */
export const config_keys = {
  runtime:
    '提供服务的程序：与配置段同名的 `builtin` 内置后端、`onnx` 图片模型、您自己的 `command`，或只监控的 `external` 外部程序。',
  host: '后端的主机名或 IP 地址，不含协议和端口。`0.0.0.0` 会在所有网络上监听，并要求令牌。',
  port: '后端的 WebSocket 和 HTTP 端口。未设置 `hosts` 时必填。',
  replicas: '此后端的进程数，从 `port` 起依次占用端口。网关将请求发给最空闲的进程。',
  hosts:
    '同一后端的多个地址，格式为 `host:port`（IPv6：`[::1]:8768`）。网关在它们之间均衡请求，并忽略 `host` 和 `port`。',
  enabled: '随 Switchyard 一起启动该后端。',
  reconnect_interval: '崩溃后首次重启前的等待时间。每次重试都会延长，并带随机抖动。',
  max_reconnect_attempts: '连续重启超过此次数，后端即视为失败。',
  request_timeout: '单个请求的时限。超时的请求以 `timeout` 失败。',
  health_interval: '健康检查的间隔。内置后端连续三次未响应即重启。',
  startup_timeout: '加载和预热的时限。超时的启动视为卡死。',
  dialect: '消息格式：`native`，或已部署平台的 `platform`。',
  providers: '执行提供程序，按优先顺序排列，或 `auto`。',
  on_fallback:
    '模型的节点未全部在 `providers` 的第一项上运行时：`allow` 允许、`warn` 记入日志，或 `fail` 不启动。使用 `auto` 时不存在回退。',
  precision:
    '有两种精度时所用的模型精度。`int8` 的大小约为三分之一，精度略低；目前仅 `emotion` 支持。',
  device_ids:
    '所用 GPU 的编号，模型在每个 GPU 上各加载一次。要求 `providers` 写明名称：`cuda`、`tensorrt`、`dml` 或 `cpu`。',
  threads:
    'onnxruntime 的线程数。单独的请求使用全部线程，并行的会话共用这些线程。默认：单独的请求使用所有 CPU 核心，其余会话使用核心数除以后端数。',
  spin: 'onnxruntime 的线程是否主动等待下一个算子：`auto` 等待 50 µs，足以覆盖大多数间隙；`on` 按 onnxruntime 的默认时长等待，略快，但会拖慢其他程序；`off` 从不等待。',
  sessions:
    '并行运行的模型副本数，每个副本在单独的线程中（设置 `device_ids` 时按每个 GPU 计），取代默认的配置：一个用于单独的请求，其余请求按每 `threads` 个线程一个、最多 4 个。第一个加载后即就绪。GPU 上默认为一个。',
  max_batch_size: '每批的最大图片数。',
  max_queue_delay_ms: '在另一批运行期间，未满的批等待更多图片的最长时间。空闲的后端从不等待。',
  warmup: '后端就绪前，每种批大小的推理次数。',
  queue_limit:
    '最大排队请求数，超出的请求立即以 `queue_full` 失败。对于第三方后端，网关统计未回复的请求；设置 `max_in_flight` 时统计等待中的请求。',
  max_in_flight: '最大并发请求数，超出的请求在网关中等待，由各客户端轮流发送。默认不限。',
  cache_size: '每个会话缓存的已解码图片数。0 表示不缓存。',
  max_message_bytes:
    'WebSocket 消息的最大字节数，收发均适用。超出的消息以 `too_large` 失败，或以代码 1009 关闭直连后端的连接。',
  env: '后端进程的环境变量。此处以及路径和 `command` 中的 `~`、`$NAME` 和 `${NAME}` 会被展开，`$$` 表示美元符号。',
  command: '程序及其参数的列表。`{host}` 和 `{port}` 会替换为配置段中的值。',
  cwd: '程序的工作目录，相对于应用所在的文件夹。',
  stop_signal:
    '请求程序及其子进程停止的信号；`stop_timeout` 过半后发送 SIGTERM。在 Windows 上直接终止程序。',
  stop_timeout: '收到停止请求且没有进行中的请求后，后端退出的时限。超时则强制结束。',
  model: '模型文件的路径，相对于应用所在的文件夹。',
  preprocess:
    '输入的预处理：`size`、`fit`、`resize`、`colour`、`layout`、`divide_by`、`mean` 和 `std`。',
  labels: '类别名称的列表或文件（每行一个的文本、JSON、YAML、CSV）。默认使用模型文件中的名称。',
  output: '模型输出的读取方式：`type: classification` 或 `type: detection`。',
  options: '模型本身的设置，参见该后端的 README。',
}
