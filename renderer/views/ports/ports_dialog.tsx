/** Port doctor for all ports: who needs each, who holds it, what it answers, and what to do. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { RotateCw, X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { Fragment, useState, type FormEvent } from 'react'
import { PORT_MAX } from '../../../protocol/config.ts'
import type { PortReport } from '../../../protocol/ports.ts'
import { errorText, fieldText } from '../../format/message.ts'
import { clockSeconds } from '../../format/time.ts'
import { t } from '../../i18n/i18n.ts'
import { useControlCall, type CallControl } from '../../state/control_context.tsx'
import { backendsOf, isConnected, usePanel, useToday } from '../../state/panel_store.ts'
import { showDialog, useUi } from '../../state/ui_store.ts'
import { CopyButton } from '../../components/copy_button.tsx'
import { answerLabel, isWell, unknownText, VerdictTag } from './port_text.tsx'
import './ports_dialog.css'
import { UsePort } from './use_port.tsx'
import { Button } from '../../components/button.tsx'

export function PortsDialog() {
  const isOpen = useUi((state) => state.portsOpen)
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => showDialog('ports', open)}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="dialog ports" aria-describedby={undefined}>
          <Ports />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

const LOCAL_HOST = 'localhost'

interface Wanted {
  /** Empty for a port that no backend needs. */
  name: string
  /** null: no section to assign another port to. */
  section: string | null
  port: number
}

interface Finding extends Wanted {
  report: PortReport | null
  problem: string | null
}

function Ports() {
  const { findings, atMs, isBusy, check } = useFindings()
  const plane = usePanel((state) => state.snapshot?.plane ?? null)
  const today = useToday()
  const { typed, look } = useTypedPort()
  const shown = typed === null ? findings : [...findings, typed]
  const next = shown.map(({ report }) => report?.suggestion ?? null).find((one) => one !== null)
  return (
    <>
      <div className="dialog-head">
        <Dialog.Title>{t('ports:title')}</Dialog.Title>
        <span className="small ink-3 ports-when" role="status">
          {isBusy
            ? t('ports:looking_all')
            : atMs !== null && t('ports:examined', { time: clockSeconds(atMs, today) })}
        </span>
        <span className="grow" />
        <Button icon={RotateCw} disabled={isBusy} onClick={check}>
          {t('ports:again')}
        </Button>
        <Dialog.Close className="icon-btn" aria-label={t('words:close')}>
          <X size={16} strokeWidth={1.5} aria-hidden />
        </Dialog.Close>
      </div>
      <table className="ports-table">
        <thead>
          <tr>
            <th scope="col">{t('words:port')}</th>
            <th scope="col">{t('ports:wanted_by')}</th>
            <th scope="col">{t('ports:held_by')}</th>
            <th scope="col">{t('ports:answers_as')}</th>
            <th scope="col" className="num">
              {t('ports:verdict_head')}
            </th>
          </tr>
        </thead>
        <tbody>
          {plane !== null && (
            <tr>
              <td className="num">{plane.port}</td>
              <td>{t('words:gateway')}</td>
              <td>{`Switchyard, ${t('ports:pid', { pid: plane.pid })}`}</td>
              <td>{t('words:gateway')}</td>
              <td className="num">
                <VerdictTag verdict="in_use" isGood />
              </td>
            </tr>
          )}
          {shown.map((finding) => (
            <Fragment key={`${finding === typed ? 'typed' : finding.name} ${finding.port}`}>
              <FindingRow finding={finding} />
            </Fragment>
          ))}
        </tbody>
      </table>
      <CheckForm onCheck={look} />
      <div className="dialog-foot">
        {next !== undefined && <span>{t('ports:next', { port: next })}</span>}
        <span className="grow" />
        <CopyButton text={() => reportOf(shown)} label={t('words:copy_report')} isLabelled />
      </div>
    </>
  )
}

function FindingRow({ finding }: { finding: Finding }) {
  const { name, section, port, report, problem } = finding
  const speaks = report?.speaks ?? null
  const answer = speaks === null ? '' : answerLabel(speaks)
  const held = report === null ? '' : holderText(report, name)
  return (
    <>
      <tr>
        <td className="num">{port}</td>
        <td className="ports-name" title={name}>
          {name}
        </td>
        <td className="ports-holder" title={held}>
          {held}
        </td>
        <td className="ports-answer" title={answer}>
          {answer}
        </td>
        <td className="num">
          {report !== null && <VerdictTag verdict={report.verdict} isGood={isWell(report)} />}
        </td>
      </tr>
      {problem !== null && (
        <tr>
          <td colSpan={5} className="stop" role="alert">
            {t('ports:failed', { reason: problem })}
          </td>
        </tr>
      )}
      {report !== null && report.remedy !== '' && (
        <tr className="ports-remedy">
          <td colSpan={5}>
            <p>
              {fieldText(report, 'sentence')} {fieldText(report, 'remedy')}
            </p>
            {report.suggestion !== null && section !== null && (
              <UsePort section={section} port={report.suggestion} />
            )}
          </td>
        </tr>
      )}
    </>
  )
}

function holderText(report: PortReport, name: string): string {
  const { holder, verdict } = report
  if (holder === null) return verdict === 'free' ? t('ports:nobody') : ''
  // The command of a built-in backend is long and adds nothing to its name.
  if (isWell(report) && holder.pid !== null) {
    return `Switchyard: ${name}, ${t('ports:pid', { pid: holder.pid })}`
  }
  if (holder.pid === null) return unknownText(holder)
  return [t('ports:pid', { pid: holder.pid }), holder.command].filter(Boolean).join(', ')
}

function CheckForm({ onCheck }: { onCheck: (port: number) => void }) {
  const isLive = usePanel(isConnected)
  const [text, setText] = useState('')
  const [isWrong, setIsWrong] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : NaN
    const isPort = port >= 1 && port <= PORT_MAX
    setIsWrong(!isPort)
    if (isPort) onCheck(port)
  }
  return (
    <form className="ports-check row" onSubmit={submit} noValidate>
      <label htmlFor="ports-other">{t('ports:other')}</label>
      <input
        id="ports-other"
        className="field"
        inputMode="numeric"
        autoComplete="off"
        aria-invalid={isWrong || undefined}
        aria-describedby={isWrong ? 'ports-wrong' : undefined}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setIsWrong(false)
        }}
      />
      <Button type="submit" disabled={!isLive}>
        {t('ports:check')}
      </Button>
      {isWrong && (
        <span id="ports-wrong" className="small stop" role="alert">
          {t('ports:bad_port', { typed: text })}
        </span>
      )}
    </form>
  )
}

function useTypedPort() {
  const call = useControlCall()
  const examine = useMutation({
    mutationFn: ({ name, port }: Wanted) =>
      name === ''
        ? call('ports.look', { host: LOCAL_HOST, port })
        : call('ports.examine', { name }),
  })
  const look = (port: number) => {
    const own = backendsOf(usePanel.getState()).find(
      (one) => one.port === port && one.runtime !== 'external',
    )
    examine.mutate({ port, name: own?.name ?? '', section: own?.backend ?? null })
  }
  const { variables, data, error } = examine
  const typed: Finding | null =
    variables === undefined
      ? null
      : { ...variables, report: data?.report ?? null, problem: error && errorText(error) }
  return { typed, look }
}

/** For a bug report: one line per port. */
function reportOf(findings: readonly Finding[]): string {
  return findings
    .map(({ name, port, report, problem }) =>
      [
        port,
        name,
        report?.verdict ?? problem,
        report && (isWell(report) ? holderText(report, name) : report.sentence),
      ]
        .filter(Boolean)
        .join('\t'),
    )
    .join('\n')
}

/** Checks on mount and on request, one port after the other: each check may connect to its owner. */
function useFindings() {
  const call = useControlCall()
  const { data, dataUpdatedAt, isFetching, refetch } = useQuery({
    queryKey: ['ports'],
    queryFn: async ({ client, queryKey, signal }) => {
      const looks = looksOf(call)
      let findings: Finding[] = looks.map(({ wanted }) => unseen(wanted))
      for (const [index, { look }] of looks.entries()) {
        const found = await look().then(
          ({ report }) => ({ report }),
          (error: unknown) => ({ problem: errorText(error) }),
        )
        if (signal.aborted) break
        findings = findings.map((one, at) => (at === index ? { ...one, ...found } : one))
        client.setQueryData(queryKey, findings)
      }
      return findings
    },
  })
  return {
    findings: data ?? [],
    atMs: isFetching || data === undefined ? null : dataUpdatedAt,
    isBusy: isFetching,
    check: () => void refetch(),
  }
}

function looksOf(call: CallControl) {
  const backends = backendsOf(usePanel.getState()).filter(({ runtime }) => runtime !== 'external')
  return [
    ...backends.map(({ name, backend: section, port }) => ({
      wanted: { name, section, port },
      look: () => call('ports.examine', { name }),
    })),
    ...refusedPorts().map(({ section, host, port }) => ({
      wanted: { name: t('ports:not_active', { name: section }), section, port },
      look: () => call('ports.look', { host, port }),
    })),
  ]
}

/** Configured ports that are unavailable: their backends keep the previous ones. */
function refusedPorts() {
  const state = usePanel.getState()
  return (state.snapshot?.plane.config.problems ?? []).flatMap((problem) => {
    const { ports, taken_back: section } = problem
    if (ports === undefined || section === undefined) return []
    const backend = backendsOf(state).find((one) => one.backend === section)
    return [{ section, port: ports.tried, host: backend?.host ?? LOCAL_HOST }]
  })
}

const unseen = (wanted: Wanted): Finding => ({ ...wanted, report: null, problem: null })
