/** The limits of every Switchyard port, each with its reason. What happens at a limit is documented where it is enforced. */
import { MIB } from '../protocol/bytes.ts'

export interface SocketLimits {
  /** Open connections of a port. Above it the longest idle one is closed; when none is idle, the new one gets 503. */
  connectionsMax: number
  /** In addition, for connections with the token. */
  reservedConnectionsMax: number
  /** Of these, connections from other machines, so that they cannot shut out local programs. */
  remoteConnectionsMax: number
  /** Connections from one other machine (IPv6: one /64 network). Local programs share one address, so they have no such limit. */
  connectionsPerAddressMax: number
  inFlightMax: number
  /** Bytes of request line and headers. More get 431. */
  headerBytesMax: number
  /** Header lines. More get 431: Node would drop the rest, possibly including an Origin. */
  headersMax: number
  /** From the connection, or the previous response, to the last header line. Later gets 408. */
  headersTimeoutMs: number
  /** The same, to the end of the request's body. */
  requestTimeoutMs: number
  /** Between an answer and the next request on the same connection. */
  keepAliveTimeoutMs: number
  /** An HTTP connection without traffic for this long is closed: its peer does not read a page. */
  idleTimeoutMs: number
  /** How often the first two timeouts are checked. With Node's default of 30 s they could take 40 s. */
  timeoutCheckMs: number
  /** Bytes of all unfinished messages of a port. Above it the connection with the largest is closed with code 1013. */
  receiptBytesMax: number
  /** From the first byte of a message to its last, while it is being read. Later closes with code 1008. */
  messageMsMax: number
  /** Bytes waiting for a peer to read them. Above it no more requests are read from that peer. */
  unreadBytesMax: number
  /** The same for all peers of a port together. Above it each may leave only `unreadBytesMin` unread. */
  unreadBytesTotal: number
  unreadBytesMin: number
  /** On top of one message of the largest size: a peer that leaves more unread, and reads nothing between two sweeps, is disconnected. */
  unreadBytesCut: number
  /** A peer above `unreadBytesMax` that reads less than `slowReaderBytesMin` in this time is closed with code 1013. */
  slowReaderGraceMs: number
  slowReaderBytesMin: number
  /** Between two pings. A peer that leaves `missedPongsMax` of them unanswered is disconnected at the next one. */
  pingMs: number
  missedPongsMax: number
  /** How often slow readers and pings are checked. */
  sweepMs: number
  /** How long a peer may take to answer a closing handshake. */
  closeTimeoutMs: number
  /** Delay of the response to the first wrong token of an address; doubles with each further one. */
  wrongTokenDelayMs: number
  wrongTokenDelayMsMax: number
  /** An address is forgotten after this long without a wrong token. */
  wrongTokenMemoryMs: number
  wrongTokenAddressesMax: number
}

export const SOCKET_LIMITS: SocketLimits = {
  // Four times the most clients that the benchmarks run. Each open connection costs about 30 kB.
  connectionsMax: 1024,
  // Panels, command lines, and the connections of the gateway and its health checks to a backend.
  reservedConnectionsMax: 128,
  remoteConnectionsMax: 512,
  // A browser opens six and a program one per thread; 64 leaves room for several people behind one router.
  connectionsPerAddressMax: 64,
  // Four times the default of queue_limit: the queue returns `queue_full` first, unless it was made very long.
  inFlightMax: 1024,
  // Node's default. Our requests have less than 1 KiB.
  headerBytesMax: 16 * 1024,
  // Browsers send about 20.
  headersMax: 64,
  // A request is a few hundred bytes: a slow phone network needs two round trips of a second each.
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  // Node's default. Proxies keep connections longer, so they notice the close and do not reuse a dying connection.
  keepAliveTimeoutMs: 5000,
  idleTimeoutMs: 30_000,
  timeoutCheckMs: 1000,
  // Five messages of the default max_message_bytes at a time.
  receiptBytesMax: 512 * MIB,
  // 100 MiB take that long at 14 Mbit/s.
  messageMsMax: 60_000,
  // About a thousand typical replies, or 0.7 s at 100 Mbit/s.
  unreadBytesMax: 8 * MIB,
  // Eight peers at their limit, or a thousand that do not read.
  unreadBytesTotal: 64 * MIB,
  unreadBytesMin: 64 * 1024,
  unreadBytesCut: 64 * MIB,
  slowReaderGraceMs: 15_000,
  // 0.6 Mbit/s.
  slowReaderBytesMin: MIB,
  // Routers drop silent connections after a minute or more; a dead peer is detected after a minute and a half.
  pingMs: 30_000,
  missedPongsMax: 2,
  sweepMs: 250,
  closeTimeoutMs: 2000,
  // A person who mistyped does not notice 0.1 s; an attacker gets 12 attempts a second over all 64 connections.
  wrongTokenDelayMs: 100,
  wrongTokenDelayMsMax: 5000,
  wrongTokenMemoryMs: 10 * 60_000,
  wrongTokenAddressesMax: 1024,
}
