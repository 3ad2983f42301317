import HTTPTypes
import StrataBase
import StrataHTTP
import Testing

/// Bytes changed at random never trap, never tell anything behind a failure, and are told the same
/// however they are cut.
@Suite struct MutationTests {
  static func mutated(_ input: String, _ random: inout Random) -> [UInt8] {
    var all = bytes(input)
    let special = bytes("\r\n\t \u{0}:,;0%/*?-HT1+a\u{7f}\u{e9}")
    for _ in 0...random.below(4) where !all.isEmpty {
      let at = Int(random.below(UInt64(all.count)))
      switch random.below(5) {
      case 0: all[at] = UInt8(truncatingIfNeeded: random.next())
      case 1: all[at] = special[Int(random.below(UInt64(special.count)))]
      case 2: all.remove(at: at)
      case 3: all.insert(special[Int(random.below(UInt64(special.count)))], at: at)
      default:
        let end = min(all.count, at + Int(random.below(20)))
        all.insert(contentsOf: Array(all[at..<end]), at: at)
      }
    }
    return all
  }
  static func cut(_ all: [UInt8], _ random: inout Random) -> [[UInt8]] {
    var rest = all
    var pieces: [[UInt8]] = []
    while !rest.isEmpty { pieces.append(BackToBackTests.cut(&rest, &random)) }
    return pieces
  }
  static func failures(_ seen: [Seen]) -> Int {
    seen.filter { if case .failed = $0 { true } else { false } }.count
  }

  @Test func aServerWithstandsThem() {
    var random = Random(seed: 1)
    var refused = 0
    for round in 0..<4_000 {
      let (input, _) = HTTP1ServerTests.vectors[round % HTTP1ServerTests.vectors.count]
      let all = Self.mutated(input, &random)
      let whole = ServerScript.run([all])
      let pieces = ServerScript.run(Self.cut(all, &random))
      #expect(whole.seen == pieces.seen, "\(text(all))")
      #expect(whole.output == pieces.output)
      let failures = Self.failures(whole.seen)
      refused += failures
      #expect(failures <= 1)
      if failures == 1, case .failed = whole.seen.last! {} else { #expect(failures == 0) }
    }
    #expect(refused > 1_000)
  }

  @Test func aClientWithstandsThem() throws {
    var random = Random(seed: 2)
    var refused = 0
    for round in 0..<4_000 {
      let vector = HTTP1ClientTests.vectors[round % HTTP1ClientTests.vectors.count]
      let all = Self.mutated(vector.input, &random)
      let whole = try ClientScript.run([all], vector.asked, end: vector.ends)
      let pieces = try ClientScript.run(Self.cut(all, &random), vector.asked, end: vector.ends)
      #expect(whole.seen == pieces.seen, "\(text(all))")
      let failures = Self.failures(whole.seen)
      refused += failures
      #expect(failures <= 1)
      if failures == 1, case .failed = whole.seen.last! {} else { #expect(failures == 0) }
    }
    #expect(refused > 1_000)
  }

  @Test func randomTextIsReadWithoutATrap() {
    var random = Random(seed: 3)
    let alphabet = bytes("\"W/,* \tbytes=-0123456789:GMTSunJan%.?\u{e9}")
    for _ in 0..<5_000 {
      let some = (0..<random.below(40)).map { _ in alphabet[Int(random.below(UInt64(alphabet.count)))] }
      let string = text(some)
      _ = HTTPDate(string)
      _ = EntityTag(string)
      _ = EntityTag.List(string)
      if case .parts(let parts) = ByteRange.select("bytes=" + string, of: 1_000) {
        #expect(parts.allSatisfy { !$0.isEmpty && $0.upperBound <= 1_000 })
      }
    }
  }
}
