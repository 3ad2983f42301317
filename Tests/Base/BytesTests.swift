import StrataBase
import Testing

@Suite struct BytesTests {
  @Test func fieldsAreReadInNetworkOrder() {
    let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    let span = bytes.span.bytes
    #expect(span.byte(at: 8) == 9)
    #expect(span.big16(at: 1) == 0x0203)
    #expect(span.big32(at: 1) == 0x0203_0405)
    #expect(span.big64(at: 1) == 0x0203_0405_0607_0809)
    #expect(span.native16(at: 1) == UInt16(0x0203).bigEndian)
    #expect(span.native32(at: 1) == UInt32(0x0203_0405).bigEndian)
    #expect(span.native64(at: 1) == UInt64(0x0203_0405_0607_0809).bigEndian)
    #expect(span.array == bytes)
  }

  @Test func fieldsAreWrittenInNetworkOrder() {
    var bytes = [UInt8](repeating: 0, count: 20)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    out.setByte(1, at: 0)
    out.setBig16(0x0203, at: 1)
    out.setBig32(0x0405_0607, at: 3)
    out.setBig64(0x0809_0a0b_0c0d_0e0f, at: 7)
    let tail: [UInt8] = [16, 17, 18, 19, 20]
    out.set(tail.span.bytes, at: 15)
    out.set([UInt8]().span.bytes, at: 20)
    #expect(bytes == Array(1...20))
  }
}
