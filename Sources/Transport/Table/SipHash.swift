import StrataBase

/// SipHash-2-4 (Aumasson and Bernstein, 2012) over 64-bit words: a hash that nobody without the key
/// can foresee.
struct SipHash: Sendable {
  private let key: (UInt64, UInt64)

  init(random: inout Random) { key = (random.next(), random.next()) }
  init(key: (UInt64, UInt64)) { self.key = key }

  /// The hash of a name and its ports, as of a message of five little-endian words and `ports`.
  func callAsFunction(_ name: ConnectionKey) -> UInt64 {
    var state = State(key)
    state.absorb(name.remote.high)
    state.absorb(name.remote.low)
    state.absorb(name.local.high)
    state.absorb(name.local.low)
    // The last word carries the count of bytes, 36, in its highest byte.
    return state.finish(UInt64(name.ports) | 36 << 56)
  }

  /// The hash of a name and one more word.
  func callAsFunction(_ name: ConnectionKey, _ more: UInt64) -> UInt64 {
    var state = State(key)
    state.absorb(name.remote.high)
    state.absorb(name.remote.low)
    state.absorb(name.local.high)
    state.absorb(name.local.low)
    state.absorb(more)
    return state.finish(UInt64(name.ports) | 44 << 56)
  }

  /// The hash of any bytes, for the paper's own vectors.
  func callAsFunction(_ bytes: [UInt8]) -> UInt64 {
    var state = State(key)
    var word: UInt64 = 0
    for (at, byte) in bytes.enumerated() {
      word |= UInt64(byte) << UInt64(at % 8 * 8)
      if at % 8 == 7 {
        state.absorb(word)
        word = 0
      }
    }
    return state.finish(word | UInt64(bytes.count & 255) << 56)
  }

  private struct State {
    var a, b, c, d: UInt64

    init(_ key: (UInt64, UInt64)) {
      a = key.0 ^ 0x736f_6d65_7073_6575
      b = key.1 ^ 0x646f_7261_6e64_6f6d
      c = key.0 ^ 0x6c79_6765_6e65_7261
      d = key.1 ^ 0x7465_6462_7974_6573
    }

    mutating func absorb(_ word: UInt64) {
      d ^= word
      round()
      round()
      a ^= word
    }
    mutating func finish(_ last: UInt64) -> UInt64 {
      absorb(last)
      c ^= 0xff
      for _ in 0..<4 { round() }
      return a ^ b ^ c ^ d
    }

    private mutating func round() {
      a &+= b
      b = b << 13 | b >> 51
      b ^= a
      a = a << 32 | a >> 32
      c &+= d
      d = d << 16 | d >> 48
      d ^= c
      a &+= d
      d = d << 21 | d >> 43
      d ^= a
      c &+= b
      b = b << 17 | b >> 47
      b ^= c
      c = c << 32 | c >> 32
    }
  }
}
