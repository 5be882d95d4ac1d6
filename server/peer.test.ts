import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressKey, isLocal } from './peer.ts'

const request = (remoteAddress: string | undefined, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage

describe('a request', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('from %s is local', (address) => {
    expect(isLocal(request(address))).toBe(true)
  })
  it.each(['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0', undefined])(
    'from %s is not local',
    (address) => {
      expect(isLocal(request(address))).toBe(false)
    },
  )
  it.each([
    ...['forwarded', 'via'],
    ...['for', 'host', 'proto', 'port', 'server', 'prefix', 'scheme', 'ssl', 'user', 'by'].map(
      (what) => `x-forwarded-${what}`,
    ),
    ...['x-forwarded', 'x-original-host', 'x-original-url', 'x-original-forwarded-for'],
    ...['x-real-ip', 'x-real-port', 'x-client-ip', 'true-client-ip', 'x-cluster-client-ip'],
    ...['fastly-client-ip', 'fastly-ssl', 'x-remote-addr', 'x-remote-ip', 'x-originating-ip'],
    ...['cf-connecting-ip', 'cf-connecting-ipv6', 'cf-ray', 'cf-visitor', 'cf-ipcountry'],
    ...['cdn-loop', 'do-connecting-ip', 'fly-client-ip', 'fly-region', 'fly-request-id'],
    ...['tailscale-user-login', 'tailscale-user-name', 'ngrok-trace-id', 'ngrok-agent-ips'],
    ...['x-envoy-external-address', 'x-envoy-expected-rq-timeout-ms', 'x-amzn-trace-id'],
    ...['x-amz-cf-id', 'x-azure-clientip', 'x-azure-ref', 'x-azure-socketip', 'x-arr-ssl'],
    ...['x-appengine-user-ip', 'akamai-origin-hop', 'cloudfront-viewer-address'],
  ])('with the proxy header %s is not local', (name) => {
    expect(isLocal(request('127.0.0.1', { [name]: 'x' }))).toBe(false)
  })
  it('with the headers of a browser or a client library is local', () => {
    const names = [
      ...['accept', 'accept-encoding', 'accept-language', 'authorization', 'cache-control'],
      ...['connection', 'content-length', 'content-type', 'cookie', 'date', 'dnt', 'expect'],
      ...['host', 'if-none-match', 'keep-alive', 'origin', 'pragma', 'priority', 'range', 'te'],
      ...['referer', 'sec-ch-ua', 'sec-ch-ua-platform', 'sec-fetch-dest', 'sec-fetch-mode'],
      ...['sec-fetch-site', 'sec-fetch-user', 'sec-gpc', 'sec-websocket-extensions'],
      ...['sec-websocket-key', 'sec-websocket-protocol', 'sec-websocket-version', 'upgrade'],
      ...['upgrade-insecure-requests', 'user-agent', 'x-requested-with', 'x-request-id'],
      ...['x-client-version', 'x-client-data', 'traceparent', 'tracestate', 'x-api-key'],
    ]
    expect(
      isLocal(request('127.0.0.1', Object.fromEntries(names.map((name) => [name, 'x'])))),
    ).toBe(true)
  })
})

describe('what counts as one address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::', '2001:db8:1:2::/64'],
    ['2001:db8::5:6:7', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('%s is %s', (address, key) => {
    expect(addressKey(address)).toBe(key)
  })

  it('is the network, whatever the host part', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16))
    const four = fc.array(group, { minLength: 4, maxLength: 4 }).map((parts) => parts.join(':'))
    fc.assert(
      fc.property(four, four, four, (network, one, other) => {
        expect(addressKey(`${network}:${one}`)).toBe(addressKey(`${network}:${other}`))
        expect(addressKey(`${network}:${one}`)).toBe(`${network}::/64`)
      }),
    )
  })
})
