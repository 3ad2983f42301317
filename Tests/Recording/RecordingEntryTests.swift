import StrataBase
import StrataFiles
import StrataLink
import Testing

@testable import StrataRecording

@Suite struct RecordingEntryTests {
  static let scene = Scene(
    build: "0.1.0", seed: .max, epoch: 1_700_000_000, folder: "a \"b\"\n",
    cable: CableSettings(
      delay: .milliseconds(5), jitter: .microseconds(3), rate: 10_000_000, queue: 7, loss: 0.1,
      duplicate: 0.2,
      reorder: 0.3, corrupt: 0.4, mostInFlight: 99, reorderDelay: .milliseconds(2), mtu: 1_400,
      superFrames: true))
  static let info = FileInfo(
    path: ["a", FileName([0xff, 0xfe])], size: .max,
    modified: FileTime(seconds: -5, nanoseconds: 999_999_999),
    device: 1, inode: 2)

  static let entries: [RecordingEntry] = [
    .scene(scene), .message(at: .start, []), .farMessage(at: .start, [4]),
    .message(at: Instant(nanoseconds: .max - 1), [1, 2, 3]),
    .lookUp(.file(info)), .lookUp(.missing), .lookUp(.forbidden), .lookUp(.notAFolder), .open(nil),
    .open(.changed), .open(.system(5)), .read([]), .read(Array(0...255)), .readAgain(70_000),
    .end(RecordingEntry.Ending(time: 1, events: .max, hash: .max)),
  ]

  @Test func everyEntryComesBackAsItWas() {
    var file: [UInt8] = [9, 9, 9], at = 3
    for entry in Self.entries { file += entry.encoded }
    for entry in Self.entries { #expect(RecordingEntry.next(in: file, at: &at) == .entry(entry)) }
    #expect(at == file.count)
    #expect(RecordingEntry.next(in: file, at: &at) == .cutOff)
  }

  @Test(arguments: entries) func whatIsCutOffIsNoEntry(_ entry: RecordingEntry) {
    let whole = entry.encoded
    for count in 0..<whole.count {
      var at = 0
      #expect(RecordingEntry.next(in: Array(whole[..<count]), at: &at) == .cutOff)
      #expect(at == 0)
    }
  }

  @Test func nonsenseIsNoEntry() {
    let files: [[UInt8]] = [
      [0], [9, 0, 0, 0, 0], [255], [1, 2, 0, 0, 0, 0x7b, 0x7d], [2, 7, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7],
      [6, 8, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255], [5, 0, 0, 0, 255], [7, 0, 0, 0, 0],
    ]
    for file in files {
      var at = 0
      #expect(RecordingEntry.next(in: file, at: &at) == .nonsense, "\(file)")
    }
  }

  @Test func noDamageTraps() {
    var random = Random(seed: 1)
    let whole = Self.entries.flatMap(\.encoded)
    for _ in 0..<2_000 {
      var file = whole, at = 0
      for _ in 0..<3 {
        file[Int(random.below(UInt64(file.count)))] = UInt8(truncatingIfNeeded: random.next())
      }
      while case .entry = RecordingEntry.next(in: file, at: &at) {}
      #expect(at <= file.count)
    }
  }
}
