import StrataBase
import StrataWire

/// What the eight steps need of an arriving segment, apart from its payload and rare options.
struct Segment {
  /// SEG.SEQ and SEG.ACK
  var sequence: SequenceNumber
  let acknowledgment: SequenceNumber
  var flags: TCPFlags
  /// SEG.WND, not scaled.
  let window: UInt16
  /// It had a SYN that is not looked at any more.
  var wasSynchronize = false
  let headerCount: Int
  let payloadCount: Int
  var timestamps: TCPTimestamps?
  /// Nothing but ACK and perhaps PSH, and no options but timestamps: what header prediction takes.
  let isPlain: Bool

  /// Nil when the bytes are no TCP segment.
  @inline(__always) init?(_ frame: borrowing Frame) {
    do throws(WireError) {
      let view = try TCPView(frame.bytes)
      sequence = view.sequence
      acknowledgment = view.acknowledgment
      flags = view.flags
      window = view.window
      headerCount = view.headerCount
      payloadCount = view.payloadCount
      let start = view.offsetAndFlags & ~TCPFlags.psh.rawValue
      if start == 0x5010 {
        isPlain = true
      } else {
        timestamps = TCPOptions.timestamps(of: view)
        isPlain = start == 0x8010 && timestamps != nil
      }
    } catch {
      return nil
    }
  }

  /// SEG.LEN: SYN and FIN count one each.
  @inline(__always) var count: Int {
    payloadCount &+ (flags.contains(.syn) ? 1 : 0) &+ (flags.contains(.fin) ? 1 : 0)
  }
  /// RFC 7323 §2.2: "The window field in a segment where the SYN bit is set ... MUST NOT be scaled."
  @inline(__always) func window(shift: UInt8) -> UInt32 {
    UInt32(window) &<< UInt32(flags.contains(.syn) || wasSynchronize ? 0 : shift)
  }
  @inline(__always) var end: SequenceNumber { sequence + count }

  /// All options. The frame's front must still be at the header.
  static func options(_ frame: borrowing Frame) -> TCPOptions {
    do throws(WireError) {
      return TCPOptions.parse(try TCPView(frame.bytes))
    } catch {
      return TCPOptions()
    }
  }
}
