import StrataBase
import StrataTransport

/// `struct tcp_info` (linux/tcp.h), of which a caller takes the front that it knows. Times are in
/// microseconds, windows of congestion in segments. What is not known here is 0.
enum TCPInfoBytes {
  /// Bytes up to `tcpi_snd_wnd` and `tcpi_rcv_wnd`.
  static let count = 240

  static func bytes(of socket: BSDSocket) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    guard let info = socket.table.info(socket.descriptor) else {
      out.setByte(socket.isListening ? 10 : 7, at: 0)
      return bytes
    }
    let size = max(info.segmentSize, 1)
    func segments(_ count: Int) -> UInt32 { UInt32(clamping: (count + size - 1) / size) }
    func microseconds(_ time: Interval?) -> UInt32 { UInt32(clamping: (time?.nanoseconds ?? 0) / 1_000) }
    out.setByte(number(of: info.state), at: 0)
    // TCP_CA_Open, TCP_CA_Recovery
    out.setByte(info.isRecovering ? 3 : 0, at: 1)
    out.setNative32(microseconds(info.retransmissionTimeout), at: 8)
    out.setNative32(UInt32(clamping: size), at: 16)
    out.setNative32(segments(info.inFlight), at: 24)
    out.setNative32(microseconds(info.roundTrip), at: 68)
    out.setNative32(microseconds(info.roundTripVariation), at: 72)
    let threshold = info.slowStartThreshold >= 1 << 30 ? Int32.max : Int32(segments(info.slowStartThreshold))
    out.setNative32(UInt32(threshold), at: 76)
    out.setNative32(UInt32(clamping: info.congestionWindow / size), at: 80)
    out.setNative32(UInt32(clamping: info.retransmissions), at: 100)
    out.setNative64(info.bytesAcknowledged, at: 120)
    out.setNative64(info.bytesReceived, at: 128)
    out.setNative32(UInt32(clamping: max(info.sendQueue - info.inFlight, 0)), at: 144)
    out.setNative32(info.minimumRoundTrip.map { microseconds($0) } ?? .max, at: 148)
    out.setNative32(UInt32(clamping: info.sendWindow), at: 228)
    out.setNative32(UInt32(clamping: info.receiveWindow), at: 232)
    return bytes
  }

  /// Linux's numbers of the states (net/tcp_states.h).
  private static func number(of state: TCPState) -> UInt8 {
    switch state {
    case .established: 1
    case .synSent: 2
    case .synReceived: 3
    case .finWait1: 4
    case .finWait2: 5
    case .timeWait: 6
    case .closed: 7
    case .closeWait: 8
    case .lastAck: 9
    case .closing: 11
    }
  }
}
