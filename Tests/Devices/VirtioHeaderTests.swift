import StrataBase
import Testing

@testable import StrataDevices

struct VirtioHeaderTests {
  @Test func aHeaderIsReadAsTheKernelWroteIt() throws {
    // What a TAP gave in front of a TCP super-frame: pending sum, TSO over IPv4, 66 bytes of headers, pieces
    // of 1,448, sum from byte 34 on, its field 16 behind that.
    let bytes: [UInt8] = [1, 1, 66, 0, 0xa8, 5, 34, 0, 16, 0]
    let parsed = VirtioHeader(bytes.span.bytes)
    let header = try #require(parsed)
    #expect(header.needsChecksum && !header.isVerified && header.kind == .tcpIPv4)
    #expect(header.headerCount == 66 && header.segmentSize == 1_448)
    #expect(header.checksumStart == 34 && header.checksumOffset == 16)
  }
}
