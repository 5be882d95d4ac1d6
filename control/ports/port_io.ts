/** The port doctor's access to the machine, replaceable in tests. */
import { execFile } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { readFile, readdir, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { endianness } from 'node:os'
import type { PortAnswer } from '../../protocol/ports.ts'
import { askPort } from './ask_port.ts'

/** `failure` is null for exit code 0. */
export interface ProgramRun {
  stdout: string
  failure: string | null
}

export interface PortIo {
  /** Rejects with Node's coded error (ENOTFOUND, EAI_AGAIN, ..). */
  resolve(host: string): Promise<string>
  /** Listens for a moment; null on success, else an error code such as EADDRINUSE. */
  tryBind(address: string, port: number): Promise<string | null>
  /** Never rejects. */
  ask(address: string, port: number): Promise<PortAnswer>
  readText(file: string): Promise<string>
  readLink(file: string): Promise<string>
  list(folder: string): Promise<string[]>
  /** Never rejects. */
  run(program: string, args: readonly string[]): Promise<ProgramRun>
  now(): number
  /** Used by the addresses in /proc/net/tcp. */
  endianness: 'LE' | 'BE'
  systemRoot: string
}

/** A cold PowerShell takes seconds on a slow disk. */
const PROGRAM_TIMEOUT_MS = 10_000
/** netstat prints about 4 MB for 50,000 connections. */
const PROGRAM_OUTPUT_BYTES_MAX = 16 * 1024 ** 2

export const machinePortIo: PortIo = {
  resolve: async (host) => (await lookup(host)).address,
  tryBind: bindForAMoment,
  ask: askPort,
  readText: (file) => readFile(file, 'utf8'),
  readLink: (file) => readlink(file),
  list: (folder) => readdir(folder),
  run: runProgram,
  now: () => Date.now(),
  endianness: endianness(),
  systemRoot: process.env['SystemRoot'] ?? 'C:\\Windows',
}

export const isPortFree = async (port: number): Promise<boolean> =>
  (await bindForAMoment('127.0.0.1', port)) === null

function bindForAMoment(address: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message)
    })
    // Otherwise a cluster worker would request the handle from its parent.
    server.listen({ host: address, port, exclusive: true }, () => {
      server.close(() => {
        resolve(null)
      })
    })
  })
}

function runProgram(program: string, args: readonly string[]): Promise<ProgramRun> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      {
        encoding: 'utf8',
        timeout: PROGRAM_TIMEOUT_MS,
        maxBuffer: PROGRAM_OUTPUT_BYTES_MAX,
        windowsHide: true,
        // The output is parsed, so it must not be localized.
        env: { ...process.env, LC_ALL: 'C' },
      },
      (error, stdout) => {
        resolve({ stdout, failure: error === null ? null : failureOf(error) })
      },
    )
  })
}

function failureOf(error: { code?: string | number | null; killed?: boolean; message: string }) {
  if (error.killed === true) return `no end within ${PROGRAM_TIMEOUT_MS / 1000} s`
  return typeof error.code === 'number' ? `exit code ${error.code}` : (error.code ?? error.message)
}
