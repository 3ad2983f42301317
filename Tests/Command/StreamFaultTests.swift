import StrataBase
import Testing

@testable import StrataCommand

@Suite struct StreamFaultTests {
  @Test func aFaultIsReadAsItIsWritten() throws {
    let cut = try StreamFault.parse("up at 10MiB: cut")
    #expect(cut.direction == .up && cut.offsets == 10_485_760...10_485_760 && cut.action == .cut)
    #expect(cut.connection == nil && cut.description == "up at 10MiB: cut")
    let hold = try StreamFault.parse("down at 0: hold 30s")
    #expect(hold.direction == .down && hold.offsets == 0...0 && hold.action == .hold(.seconds(30)))
    let reset = try StreamFault.parse("connection 2  up at 1KiB..1MB:reset")
    #expect(reset.connection == 2 && reset.offsets == 1_024...1_000_000 && reset.action == .reset)
    #expect(try StreamFault.parse("every up at 5B: cut").connection == nil)
  }

  @Test(arguments: [
    ("", StreamFaultError.noColon("")), ("up at 5 cut", .noColon("up at 5 cut")),
    ("left at 5: cut", .direction("left")), (": cut", .direction("")), ("up 5: cut", .offset("5")),
    ("up at: cut", .offset("at")), ("up at 5 6: cut", .offset("at 5 6")), ("up at -1: cut", .offset("at -1")),
    ("up at 1.5MiB: cut", .offset("at 1.5MiB")), ("up at 9..5: cut", .offset("at 9..5")),
    ("up at MiB: cut", .offset("at MiB")), ("up at 99999999999GiB: cut", .offset("at 99999999999GiB")),
    ("up at 5: explode", .action("explode")), ("up at 5: hold", .action("hold")),
    ("up at 5: hold long", .action("hold long")), ("up at 5: cut now", .action("cut now")),
    ("up at 5:", .action("")), ("connection 0 up at 5: cut", .connection("0")),
    ("connection up at 5: cut", .connection("up")), ("connection", .noColon("connection")),
    ("connection: cut", .connection("")),
  ])
  func whatIsNoFaultIsSaid(_ text: String, _ error: StreamFaultError) {
    #expect(throws: error) { try StreamFault.parse(text) }
    #expect(StreamFault(argument: text) == nil)
    #expect(error.description.contains("write"))
  }

  @Test func theSeedAndTheConnectionChooseTheOffset() throws {
    let fault = try StreamFault.parse("up at 100..199: reset")
    var seen: Set<UInt64> = []
    for seed in 0..<400 as Range<UInt64> {
      let offset = try #require(fault.offset(on: 1, seed: seed, number: 0))
      #expect((100...199).contains(offset))
      #expect(fault.offset(on: 1, seed: seed, number: 0) == offset)
      seen.insert(offset)
    }
    #expect(seen.count > 80)
    #expect(fault.offset(on: 1, seed: 1, number: 0) != fault.offset(on: 2, seed: 1, number: 0))
    #expect(try StreamFault.parse("connection 2 up at 5: cut").offset(on: 1, seed: 1, number: 0) == nil)
    #expect(try StreamFault.parse("connection 2 up at 5: cut").offset(on: 2, seed: 1, number: 0) == 5)
  }

  @Test func aRangeOfSeedsIsReadAsItIsWritten() {
    #expect(SeedRange(argument: "1..500")?.range == 1...500)
    #expect(SeedRange(argument: "317")?.range == 317...317)
    #expect(SeedRange(argument: "0..\(UInt64.max)")?.range == 0...UInt64.max)
    for text in ["", "5..1", "a..b", "1..", "..5", "1...5", "1.5", "-1"] {
      #expect(SeedRange(argument: text) == nil, "\(text)")
    }
  }
}
