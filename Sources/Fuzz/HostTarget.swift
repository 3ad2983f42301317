import StrataBase
import StrataSockets
import StrataStack
import StrataWire

/// Random and mutated frames into a whole host that serves meanwhile. Afterwards it still answers a
/// stranger's question, echo and connection, and nothing is left behind when its programs go.
struct HostTarget: FuzzTarget {
  static let name = "host"
  static let summary = "random and mutated frames into a host, which then has to serve all the same"

  private let pool = FramePool(standard: 8_192, large: 16)
  private var frames = 0
  private var answers = 0
  private var accepted = 0

  init() {}

  mutating func attempt(_ random: inout Random) throws {
    try flood(&random)
    try check(pool.outstanding == 0, "\(pool.outstanding) frames are left behind")
  }

  private mutating func flood(_ random: inout Random) throws {
    let subject = try HostSubject(pool, &random)
    for _ in 0..<(20 + random.number(150)) {
      try subject.receive(subject.forge.frame(&random))
      frames += 1
      switch random.number(10) {
      case 0: try subject.wait(.milliseconds(Int64(random.number(2_000))))
      case 1: try subject.wait(.seconds(Int64(random.number(100))))
      case 2: subject.act(&random)
      default: break
      }
    }
    answers += subject.sent
    accepted += subject.accepted
    try subject.wait(.seconds(5))
    try subject.askAsStranger()
    try subject.end()
  }

  var report: String { "\(frames) frames, \(answers) frames in answer, \(accepted) connections accepted" }
}
