/// A TCP segment in a frame, as far as a cable looks at it.
struct Segment {
  var client: UInt16 = 4_000
  /// Sent by the server: end 1.
  var isBack = false
  var sequence: UInt32 = 0
  var acknowledgment: UInt32 = 0
  var flags: UInt16 = Segment.ack
  var count = 0

  static let fin: UInt16 = 1, syn: UInt16 = 2, rst: UInt16 = 4, ack: UInt16 = 16

  var end: Int { isBack ? 1 : 0 }

  var bytes: [UInt8] {
    func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
    let ends: [[UInt8]] = isBack ? [[10, 0, 0, 2], [10, 0, 0, 1]] : [[10, 0, 0, 1], [10, 0, 0, 2]]
    let ports: [UInt16] = isBack ? [80, client] : [client, 80]
    let ethernet = [UInt8](repeating: 2, count: 12) + [0x08, 0]
    let ip = [0x45, 0] + big(UInt16(40 + count)) + [0, 0, 0, 0, 64, 6, 0, 0] + ends[0] + ends[1]
    let tcp = big(ports[0]) + big(ports[1]) + big(sequence) + big(acknowledgment) + big(0x5000 | flags)
    return ethernet + ip + tcp + [0xff, 0xff, 0, 0, 0, 0] + [UInt8](repeating: 7, count: count)
  }
}
