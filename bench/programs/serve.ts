/** A backend process around a bench worker: the real server, service and worker handle, without a model host. */
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { createDialect } from '../../backends/base/dialect.ts'
import { createLog } from '../../backends/base/log.ts'
import { ModelWorker } from '../../backends/base/model_worker.ts'
import { readImages } from '../../backends/base/request_reader.ts'
import { startServer } from '../../backends/base/server.ts'
import { ModelService } from '../../backends/base/service.ts'
import { backendConfigSchema } from '../../protocol/config.ts'

const [name = '', workerFile = '', rootDir = '', settings = '{}'] = process.argv.slice(2)
const config = backendConfigSchema.parse(JSON.parse(settings))
const log = createLog(name, 'json')
const now = () => performance.now()
const service = new ModelService({
  name,
  version: 'bench',
  config,
  descriptor: null,
  readRequest: readImages,
  log,
  now,
})
const server = await startServer({
  host: config.host,
  port: 0,
  messageBytesMax: config.max_message_bytes,
  service,
  dialect: createDialect('native', name, () => Date.now() / 1000),
  log,
  now,
})
log.info(`listening on ${server.url}`)
const worker = new ModelWorker({
  entry: pathToFileURL(workerFile),
  start: {
    name,
    choice: null,
    rootDir,
    providers: ['cpu'],
    threads: availableParallelism(),
    batchSizeMax: config.max_batch_size,
    cacheSize: config.cache_size,
    options: {},
  },
  log,
  onProgress: (detail) => {
    log.info(detail.message)
  },
  onLost: (error) => {
    log.error(error.message)
    process.exit(1)
  },
})
const model = await worker.loaded()
service.becomeReady(model, worker)
log.info(`ready on ${model.provider}`)

process.on('SIGTERM', () => {
  void worker
    .release()
    .then(() => server.close())
    .then(() => process.exit(0))
})
