/** The bounds of every port of ours, each with its reason. What happens at a bound is written where it is enforced. */

export interface SocketLimits {
  /** Open connections of a port. For one more the one that was idle longest is closed; when none is idle, it is answered 503. */
  connectionsMax: number
  /** Beside these, for those who come with the token. */
  reservedConnectionsMax: number
  /** Of these, connections from other machines: they cannot shut out the programs of this one. */
  remoteConnectionsMax: number
  /** Connections from one other machine (IPv6: one /64 network). All programs of this machine share one address: they have no such bound. */
  connectionsPerAddressMax: number
  /** Requests of one connection that are accepted and unanswered. One more is answered `queue_full`. */
  inFlightMax: number
  /** Bytes of request line and header lines. More are answered 431. */
  headerBytesMax: number
  /** Header lines. More are answered 431: Node would leave out the rest, and an Origin among them. */
  headersMax: number
  /** From the connection, or the answer before, to the last header line. Later is answered 408. */
  headersTimeoutMs: number
  /** The same, to the end of the request's body. */
  requestTimeoutMs: number
  /** Between an answer and the next request on the same connection. */
  keepAliveTimeoutMs: number
  /** An HTTP connection on which nothing moves this long is cut: a peer that does not read a page. */
  idleTimeoutMs: number
  /** How often the first two timeouts are looked at. Node's own 30 s would make them 40. */
  timeoutCheckMs: number
  /** Bytes of all messages of a port that have begun and not ended. Above it the largest is closed with code 1013. */
  receiptBytesMax: number
  /** From the first byte of a message to its last, while it is read. Later is closed with code 1008. */
  messageMsMax: number
  /** Bytes waiting for a peer to read them, above which no more requests are read from it. */
  unreadBytesMax: number
  /** The same for all peers of a port together, above which each may leave only `unreadBytesMin` unread. */
  unreadBytesTotal: number
  unreadBytesMin: number
  /** Beside one message of the largest size: a peer that leaves more unread, and reads nothing between two sweeps, is cut. */
  unreadBytesCut: number
  /** A peer above `unreadBytesMax` that reads less than `slowReaderBytesMin` in this time is closed with code 1013. */
  slowReaderGraceMs: number
  slowReaderBytesMin: number
  /** Between two pings. A peer that leaves `missedPongsMax` of them unanswered is cut with the next one. */
  pingMs: number
  missedPongsMax: number
  /** How often slow readers and pings are looked at. */
  sweepMs: number
  /** What a peer gets to answer a closing handshake. */
  closeTimeoutMs: number
  /** Delay of the answer to the first wrong token of an address; doubles with each more. */
  wrongTokenDelayMs: number
  wrongTokenDelayMsMax: number
  /** An address is forgotten after this long without a wrong token. */
  wrongTokenMemoryMs: number
  /** Addresses that are remembered; the one longest unseen makes room. */
  wrongTokenAddressesMax: number
}

const MIB = 1024 ** 2

export const SOCKET_LIMITS: SocketLimits = {
  // Four times the most clients that the benchmarks run. Each open one costs some 30 kB.
  connectionsMax: 1024,
  // Panels, command lines, and the connections of the gateway and its health checks to a backend.
  reservedConnectionsMax: 128,
  remoteConnectionsMax: 512,
  // A browser opens six and a program one for each thread; 64 leave room for several people behind one router.
  connectionsPerAddressMax: 64,
  // Four times the default of queue_limit: the queue says `queue_full` first, unless it was made very long.
  inFlightMax: 1024,
  // Node's default. Our own requests have less than 1 KiB.
  headerBytesMax: 16 * 1024,
  // Browsers send about 20.
  headersMax: 64,
  // A request is a few hundred bytes: a slow phone network needs two round trips of a second each.
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  // Node's default, and shorter than that of proxies, so that it is they who reuse no dying connection.
  keepAliveTimeoutMs: 5000,
  idleTimeoutMs: 30_000,
  timeoutCheckMs: 1000,
  // Five messages of the default max_message_bytes at a time.
  receiptBytesMax: 512 * MIB,
  // 100 MiB take that long on a line of 14 Mbit/s.
  messageMsMax: 60_000,
  // Some thousand replies of a usual size, or 0.7 s of a line of 100 Mbit/s.
  unreadBytesMax: 8 * MIB,
  // Eight peers at their limit, or a thousand of which none reads.
  unreadBytesTotal: 64 * MIB,
  unreadBytesMin: 64 * 1024,
  unreadBytesCut: 64 * MIB,
  slowReaderGraceMs: 15_000,
  // A line of 0.6 Mbit/s.
  slowReaderBytesMin: MIB,
  // As routers forget a silent connection after a minute or more; a dead peer is gone after a minute and a half.
  pingMs: 30_000,
  missedPongsMax: 2,
  sweepMs: 250,
  closeTimeoutMs: 2000,
  // A person who mistyped does not notice 0.1 s; a guesser has 12 tries a second on all 64 connections.
  wrongTokenDelayMs: 100,
  wrongTokenDelayMsMax: 5000,
  wrongTokenMemoryMs: 10 * 60_000,
  wrongTokenAddressesMax: 1024,
}
