import StrataBase
import StrataCorpus

/// Mutated vectors through every parser of Wire; what is accepted is described, written and read again.
struct WireTarget: FuzzTarget {
  static let name = "wire"
  static let summary = "mutated vectors through every parser; the result is described and written again"

  private var accepted = 0
  private var refused = 0
  private var bytes: [UInt8] = []

  init() {}

  mutating func attempt(_ random: inout Random) throws {
    let format = WireTarget.one(of: WireFormat.all, &random)
    // Now and then the vector of another format: right bytes in the wrong place.
    let source = random.below(16) == 0 ? WireTarget.one(of: WireFormat.all, &random) : format
    bytes = WireTarget.one(of: source.vectors, &random).bytes
    Mutation.apply(to: &bytes, &random)
    if try format.check(bytes) { accepted += 1 } else { refused += 1 }
  }

  private static func one<Element>(of all: [Element], _ random: inout Random) -> Element {
    all[Int(random.below(UInt64(all.count)))]
  }

  var report: String { "\(accepted) accepted, \(refused) refused" }
}
