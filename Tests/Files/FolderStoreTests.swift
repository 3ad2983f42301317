import Glibc
import StrataFiles
import StrataTemporary
import Testing

@Suite struct FolderStoreTests {
  /// Both ways to resolve a path: by the kernel and segment by segment.
  static let ways = [true, false]

  @Test(arguments: ways) func aFileIsFoundOpenedAndRead(_ byKernel: Bool) throws {
    let folder = TemporaryFolder()
    folder.write("sub/a.txt", "hello world")
    var store = try FolderStore(path: folder.path, resolvesByKernel: byKernel)
    guard case .file(let info) = store.lookUp(["sub", "a.txt"]) else {
      Issue.record("not found")
      return
    }
    #expect(info.size == 11 && info.path == ["sub", "a.txt"])
    let file = try store.open(info)
    #expect(store.text(file, at: 0) == "hello world")
    #expect(store.text(file, at: 6) == "world")
    #expect(store.text(file, at: 11) == "")
    #expect(store.openDescriptors == 1)
    store.close(file)
    #expect(store.openDescriptors == 0)
  }

  @Test(arguments: ways) func whatIsNotServedSaysWhy(_ byKernel: Bool) throws {
    let folder = TemporaryFolder()
    folder.write("a", "x")
    mkfifo(folder.path + "/pipe", 0o600)
    symlink("/etc/passwd", folder.path + "/out")
    symlink("../..", folder.path + "/up")
    var store = try FolderStore(path: folder.path, resolvesByKernel: byKernel)
    #expect(store.lookUp(["none"]) == .missing)
    #expect(store.lookUp(["a", "b"]) == .notAFolder)
    #expect(store.lookUp(["pipe"]) == .forbidden)
    #expect(store.lookUp(["out"]) == .forbidden)
    let up = store.lookUp(["up", "etc"])
    #expect(up == .forbidden || up == .notAFolder)
    for bad in ["..", ".", "", "a/../a", "a\0"] { #expect(store.lookUp([FileName(bad)]) == .missing) }
  }

  /// What the store says of a file and reads of it.
  static func text(_ name: FileName, _ store: inout FolderStore, round: UInt64? = nil) throws -> String? {
    let answer = round.map { store.lookUp([name], during: $0) } ?? store.lookUp([name])
    guard case .file(let info) = answer else { return nil }
    let file = try store.open(info)
    defer { store.close(file) }
    return store.text(file, at: 0)
  }

  @Test func oneLookAnswersARoundAndNoMore() throws {
    let folder = TemporaryFolder()
    folder.write("a", "one")
    var store = try FolderStore(path: folder.path)
    #expect(try Self.text("a", &store, round: 1) == "one")
    #expect(try Self.text("a", &store, round: 2) == "one")
    folder.write("b", "another")
    rename(folder.path + "/b", folder.path + "/a")
    #expect(try Self.text("a", &store, round: 2) == "one")
    #expect(try Self.text("a", &store, round: 3) == "another")
    unlink(folder.path + "/a")
    #expect(try Self.text("a", &store) == nil)
  }

  @Test func bytesOfASmallFileAtRestAreKeptUntilItChanges() throws {
    let folder = TemporaryFolder()
    folder.write("a", "one")
    var store = try FolderStore(path: folder.path, clock: { FileTime(seconds: .max) })
    #expect(try Self.text("a", &store) == "one" && store.keptBytes == 0)
    #expect(try Self.text("a", &store) == "one" && store.keptBytes == 3)
    var before = stat()
    stat(folder.path + "/a", &before)
    // The same number, size and time of modification: only the time of the change tells.
    folder.write("a", "two")
    utimensat(AT_FDCWD, folder.path + "/a", [before.st_atim, before.st_mtim], 0)
    var after = stat()
    stat(folder.path + "/a", &after)
    #expect(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && before.st_ino == after.st_ino)
    if before.st_ctim.tv_nsec != after.st_ctim.tv_nsec { #expect(try Self.text("a", &store) == "two") }
  }

  @Test func bytesOfAFileThatChangedJustNowAreNotKept() throws {
    let folder = TemporaryFolder()
    folder.write("a", "one")
    var status = stat()
    stat(folder.path + "/a", &status)
    let changed = Int64(status.st_ctim.tv_sec)
    var seconds = changed
    var store = try FolderStore(path: folder.path, clock: { FileTime(seconds: seconds) })
    for later in [0, 1, 3] as [Int64] {
      seconds = changed + later
      #expect(try Self.text("a", &store) == "one" && store.keptBytes == 0)
    }
    seconds = changed + 4
    #expect(try Self.text("a", &store) == "one" && store.keptBytes == 3)
  }

  @Test func keptBytesAreBounded() throws {
    let folder = TemporaryFolder()
    let names = (0..<70).map { FileName("\($0)") }
    for name in names { folder.write(bytes: name.bytes, content: [UInt8](repeating: 1, count: 16_384)) }
    folder.write("large", [UInt8](repeating: 1, count: 16_385))
    var store = try FolderStore(path: folder.path, clock: { FileTime(seconds: .max) })
    var room = [UInt8](repeating: 0, count: 20_000)
    for name in names + names.suffix(64) + ["large", "large"] {
      guard case .file(let info) = store.lookUp([name]) else { continue }
      let file = try store.open(info)
      var span = room.mutableSpan
      var target = span.mutableBytes
      #expect(store.read(file, at: 0, into: &target) == Int(info.size))
      store.close(file)
    }
    #expect(store.keptBytes > 60 << 14 && store.keptBytes <= 1 << 20)
  }

  @Test(arguments: ways) func aFileThatIsRememberedIsLookedAtAnew(_ byKernel: Bool) throws {
    let folder = TemporaryFolder()
    folder.write("a", "one")
    var store = try FolderStore(path: folder.path, resolvesByKernel: byKernel)
    func text() throws -> String? {
      guard case .file(let info) = store.lookUp(["a"]) else { return nil }
      let file = try store.open(info)
      defer { store.close(file) }
      #expect(store.descriptor(of: file) != nil)
      return store.text(file, at: 0)
    }
    #expect(try text() == "one")
    #expect(try text() == "one")
    folder.write("b", "another")
    rename(folder.path + "/b", folder.path + "/a")
    #expect(try text() == "another")
    unlink(folder.path + "/a")
    #expect(try text() == nil)
    symlink("/etc/passwd", folder.path + "/a")
    #expect(store.lookUp(["a"]) == .forbidden)
    unlink(folder.path + "/a")
    folder.write("a/inner", "x")
    guard case .folder = store.lookUp(["a"]) else {
      Issue.record("the folder is not seen")
      return
    }
  }

  @Test func aLinkInsideTheFolderIsFollowed() throws {
    let folder = TemporaryFolder()
    folder.write("a", "x")
    symlink("a", folder.path + "/link")
    var store = try FolderStore(path: folder.path)
    guard case .file(let info) = store.lookUp(["link"]) else {
      Issue.record("not followed")
      return
    }
    #expect(info.size == 1)
  }

  @Test(arguments: ways) func aFolderIsListedFoldersFirstAndByName(_ byKernel: Bool) throws {
    let folder = TemporaryFolder()
    for name in ["b", "a", "z/inner", "y/inner"] { folder.write(name, name) }
    mkfifo(folder.path + "/pipe", 0o600)
    symlink("/etc/passwd", folder.path + "/out")
    folder.write(bytes: [0xff, 0x2e], "odd")
    var store = try FolderStore(path: folder.path, resolvesByKernel: byKernel)
    guard case .folder(let found) = store.lookUp([]) else {
      Issue.record("no folder")
      return
    }
    #expect(found.entries.map(\.name) == ["y", "z", "a", "b", FileName([0xff, 0x2e])])
    #expect(found.entries.map(\.size) == [0, 0, 1, 1, 3] && found.isComplete)
    guard case .file = store.lookUp([FileName([0xff, 0x2e])]) else {
      Issue.record("a name that is no UTF-8 is not found")
      return
    }
  }

  @Test func manyOpenFilesShareFewDescriptors() throws {
    let folder = TemporaryFolder()
    for n in 0..<200 { folder.write("f\(n)", "content \(n)") }
    var store = try FolderStore(path: folder.path)
    var files: [OpenFile] = []
    for n in 0..<200 {
      guard case .file(let info) = store.lookUp([FileName("f\(n)")]) else { continue }
      files.append(try store.open(info))
      files.append(try store.open(info))
    }
    #expect(files.count == 400 && store.openDescriptors == 64)
    for n in 0..<200 {
      #expect(store.text(files[2 * n], at: 0) == "content \(n)")
      #expect(store.text(files[2 * n + 1], at: 8) == "\(n)")
    }
    #expect(store.openDescriptors == 64)
    for file in files { store.close(file) }
    #expect(store.openDescriptors == 0)
  }

  @Test func aFileThatShrinksOrIsReplacedReadsAsNothing() throws {
    let folder = TemporaryFolder()
    folder.write("a", "0123456789")
    var store = try FolderStore(path: folder.path)
    guard case .file(let info) = store.lookUp(["a"]) else { return }
    let file = try store.open(info)
    truncate(folder.path + "/a", 4)
    #expect(store.text(file, at: 4) == "")
    store.close(file)
    #expect(throws: StoreError.changed) { _ = try store.open(info) }
  }

  @Test func openFilesAreBounded() throws {
    let folder = TemporaryFolder()
    folder.write("a", "x")
    var store = try FolderStore(path: folder.path)
    guard case .file(let info) = store.lookUp(["a"]) else { return }
    var last = OpenFile(id: 0)
    for _ in 0..<FolderStore.mostFiles { last = try store.open(info) }
    #expect(throws: StoreError.tooManyFiles) { _ = try store.open(info) }
    store.close(last)
    #expect(try store.open(info) == last)
  }

  @Test func aListingIsBounded() throws {
    let folder = TemporaryFolder()
    for n in 0...Folder.mostEntries { folder.write("\(n)", "") }
    var store = try FolderStore(path: folder.path)
    guard case .folder(let found) = store.lookUp([]) else { return }
    #expect(found.entries.count == Folder.mostEntries && !found.isComplete)
  }

  @Test func theSummaryCountsFilesAndBytes() throws {
    let folder = TemporaryFolder()
    folder.write("a", "12345")
    folder.write("s/t/b", "67")
    symlink("/", folder.path + "/out")
    let store = try FolderStore(path: folder.path)
    #expect(store.summary().description == "2 files, 7 B")
    #expect(!store.summary(mostEntries: 2).isComplete)
  }

  @Test func aRootThatIsNoFolderIsRefused() {
    #expect(throws: StoreError.missing) { _ = try FolderStore(path: "/no/such/folder") }
    #expect(throws: StoreError.notAFolder) { _ = try FolderStore(path: "/etc/passwd") }
  }
}
