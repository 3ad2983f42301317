import Glibc
import StrataBase
import StrataFiles
import StrataTemporary
import Testing

@testable import StrataRecording

/// Recordings as files: whole, cut off, damaged, and without room on their disk.
@Suite struct RecordingTests {
  let folder = TemporaryFolder()
  var path: String { "\(folder.path)/run.strata" }

  /// A recording of two messages and one read.
  private func record() throws -> [UInt8] {
    let writer = try RecordingWriter(path: path, scene: RecordingEntryTests.scene)
    let first: [UInt8] = [1, 2], second: [UInt8] = [3]
    writer.message(first.span.bytes, at: Instant(nanoseconds: 10))
    writer.write(.read([7, 8, 9]))
    writer.message(second.span.bytes, at: Instant(nanoseconds: 20))
    try writer.close(at: Instant(nanoseconds: 30), events: 4, hash: 5)
    return folder.read("run.strata")
  }

  @Test func aWholeRecordingSaysHowItsRunEnded() throws {
    _ = try record()
    let recording = try Recording(path: path)
    #expect(recording.scene == RecordingEntryTests.scene)
    #expect(recording.messages.map(\.time) == [Instant(nanoseconds: 10), Instant(nanoseconds: 20)])
    #expect(recording.messages.map(\.bytes) == [[1, 2], [3]])
    let ending = try #require(recording.ending)
    #expect(ending.time == Instant(nanoseconds: 30) && ending.events == 4 && ending.hash == 5)
  }

  @Test func aRecordingThatWasCutOffGivesWhatIsWhole() throws {
    let whole = try record()
    let sceneEnd = RecordingEntry.magic.count + RecordingEntry.scene(RecordingEntryTests.scene).encoded.count
    var counts: Set<Int> = []
    for count in sceneEnd..<whole.count {
      folder.write("run.strata", Array(whole[..<count]))
      let recording = try Recording(path: path)
      #expect(recording.ending == nil)
      #expect(recording.messages.map(\.bytes) == Array([[1, 2], [3]].prefix(recording.messages.count)))
      counts.insert(recording.messages.count)
    }
    #expect(counts == [0, 1, 2])
  }

  @Test func withoutASceneThereIsNothingToReplay() throws {
    let whole = try record()
    let magic = RecordingEntry.magic.count
    folder.write("run.strata", Array(whole[..<(magic + 20)]))
    #expect(throws: RecordingError.damaged(path: path, offset: magic)) { try Recording(path: path) }
    folder.write("run.strata", Array(whole[..<(magic - 1)]))
    #expect(throws: RecordingError.notARecording(path: path)) { try Recording(path: path) }
    folder.write("run.strata", [])
    #expect(throws: RecordingError.notARecording(path: path)) { try Recording(path: path) }
  }

  @Test func damageIsSaidWithItsPlace() throws {
    var bytes = try record()
    let first = RecordingEntry.magic.count + RecordingEntry.scene(RecordingEntryTests.scene).encoded.count
    bytes[first] = 77
    folder.write("run.strata", bytes)
    let error = #expect(throws: RecordingError.damaged(path: path, offset: first)) {
      try Recording(path: path)
    }
    #expect(
      error?.description.contains("damaged at byte \(first): no entry of a recording begins there") == true)
  }

  @Test func aSecondSceneIsDamage() throws {
    let scene = RecordingEntry.scene(RecordingEntryTests.scene).encoded
    folder.write("run.strata", RecordingEntry.magic + scene + scene)
    #expect(throws: RecordingError.self) { try Recording(path: path) }
  }

  @Test func aMissingFileIsSaid() {
    #expect(throws: RecordingError.cannotRead(path: "\(folder.path)/none", errno: ENOENT)) {
      try Recording(path: "\(folder.path)/none")
    }
    #expect(throws: RecordingError.cannotWrite(path: "\(folder.path)/no/file", errno: ENOENT)) {
      try RecordingWriter(path: "\(folder.path)/no/file", scene: RecordingEntryTests.scene)
    }
  }

  @Test func aFullDiskIsSaidAtTheEnd() throws {
    let writer = try RecordingWriter(path: "/dev/full", scene: RecordingEntryTests.scene)
    for _ in 0..<100 { writer.message([UInt8](repeating: 1, count: 5_000).span.bytes, at: .start) }
    #expect(throws: RecordingError.cannotWrite(path: "/dev/full", errno: ENOSPC)) {
      try writer.close(at: .start, events: 0, hash: 0)
    }
    let capture = try PacketCapture(path: "/dev/full", host: "client", epoch: 0)
    #expect(throws: RecordingError.cannotWrite(path: "/dev/full", errno: ENOSPC)) { try capture.close() }
  }
}
