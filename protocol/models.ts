/** What the control plane finds in a model file, and how long its nodes take. */
import { z } from 'zod'

/** One input or output of the graph. */
const portSchema = z.object({
  name: z.string(),
  /** `float32`; null for anything that is not a tensor. */
  type: z.string().nullable(),
  /** A number, the name of an open axis, or null for an axis without either. */
  shape: z.array(z.union([z.number(), z.string(), z.null()])),
})

/** The operator that computes the values of an output: `Softmax` also where a `Reshape` follows it. */
const outputPortSchema = portSchema.extend({ operator: z.string().nullable().default(null) })

export const onnxHeaderSchema = z.object({
  ir_version: z.number().int(),
  producer: z.string(),
  graph: z.string(),
  opsets: z.array(z.object({ domain: z.string(), version: z.number().int() })),
  metadata: z.record(z.string(), z.string()),
  inputs: z.array(portSchema),
  outputs: z.array(outputPortSchema),
  nodes: z.number().int(),
  /** Nodes by operator, the most frequent first. */
  operators: z.array(z.object({ operator: z.string(), nodes: z.number().int() })),
  /** Of the weights, those in files beside the model included. */
  weight_bytes: z.number().int(),
  /** Files that hold weights: `location` relative to the folder of the model, and the least size that the weights need. */
  external_data: z.array(z.object({ location: z.string(), bytes: z.number().int() })).default([]),
})
export type OnnxHeader = z.infer<typeof onnxHeaderSchema>

export const modelInspectionSchema = z.object({
  name: z.string(),
  /** null: the backend does not say where its file is. */
  path: z.string().nullable(),
  /** Of the file on disk as it is now. */
  bytes: z.number().int().nullable(),
  modified_at: z.number().nullable(),
  sha256: z.string().nullable(),
  /** Of the file that was loaded. */
  loaded_sha256: z.string(),
  header: onnxHeaderSchema.nullable(),
  /** Why something above is null. */
  problem: z.string().nullable(),
})
export type ModelInspection = z.infer<typeof modelInspectionSchema>
export const modelsInspectionSchema = z.object({ models: z.array(modelInspectionSchema) })

export const PROFILE_RUNS_MAX = 200
export const modelProfileParamsSchema = z.object({
  name: z.string(),
  model: z.string(),
  runs: z.int().min(1).max(PROFILE_RUNS_MAX),
})

export const nodeProfileSchema = z.object({
  name: z.string(),
  operator: z.string(),
  provider: z.string(),
  /** Mean over the runs, in microseconds. */
  mean_us: z.number(),
})

export const modelProfileSchema = z.object({
  runs: z.number().int(),
  /** The slowest first. Nodes are those of the graph that onnxruntime made of the file by fusing. */
  nodes: z.array(nodeProfileSchema),
  /** Of all nodes of one run, in microseconds. */
  total_us: z.number(),
})
export type ModelProfile = z.infer<typeof modelProfileSchema>

/** A file of a built-in backend that a start would refuse. */
export const modelFaultSchema = z.object({
  file: z.string(),
  is_missing: z.boolean(),
  /** `convert`: `npm run models` makes it again. `restore`: it is part of the sources. */
  remedy: z.enum(['convert', 'restore']),
  /** Names the whole path, the reason and the remedy. */
  message: z.string(),
})
export type ModelFault = z.infer<typeof modelFaultSchema>

export const modelCheckSchema = z.object({
  files: z.int(),
  bytes: z.int(),
  /** The first one; null: all are there and unchanged. */
  fault: modelFaultSchema.nullable(),
})
export type ModelCheck = z.infer<typeof modelCheckSchema>
