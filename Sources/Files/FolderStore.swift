import CFiles
import Glibc

/// A folder of this machine. Only regular files and folders below its root are seen; a link that leads
/// out of the root is refused by the kernel itself (`openat2` with RESOLVE_BENEATH).
///
/// It copies as a value in name only: the descriptors behind it are shared, and closed with the last copy.
public struct FolderStore: Store {
  /// The most files open at a time, one a connection that sends.
  public static var mostFiles: Int { 16_384 }

  private let root: Root
  private let descriptors: DescriptorCache
  private var open: [Entry?] = []
  private var free: [UInt32] = []

  private struct Entry {
    var info: FileInfo
    var place: DescriptorCache.Place
  }

  /// `resolvesByKernel: false` walks segment by segment and follows no link at all, which is what happens
  /// anyway on kernels before 5.6.
  /// `clock` tells the time by which the file system stamps what changes.
  public init(
    path: String, resolvesByKernel: Bool = true, clock: @escaping () -> FileTime = { FileTime.now }
  ) throws(StoreError) {
    root = try Root(path: path, resolvesByKernel: resolvesByKernel)
    descriptors = DescriptorCache(clock: clock)
  }

  public mutating func lookUp(_ path: [FileName]) -> StoreAnswer { lookUp(path, in: nil) }

  public mutating func lookUp(_ path: [FileName], during round: UInt64) -> StoreAnswer {
    lookUp(path, in: round)
  }

  private func lookUp(_ path: [FileName], in round: UInt64?) -> StoreAnswer {
    if let known = descriptors.find(path, below: root.descriptor, in: round) { return .file(known) }
    guard path.allSatisfy(\.isPlain) else { return .missing }
    do throws(StoreError) {
      let found = try root.open(path, flags: Root.pathOnly)
      defer { Glibc.close(found) }
      guard let status = FileStatus(descriptor: found) else { return .forbidden }
      switch status.kind {
      case .file: return .file(status.info(path: path))
      case .folder: return try .folder(root.list(path))
      case .other: return .forbidden
      }
    } catch {
      switch error {
      case .missing: return .missing
      case .notAFolder: return .notAFolder
      default: return .forbidden
      }
    }
  }

  public mutating func open(_ file: FileInfo) throws(StoreError) -> OpenFile {
    if free.isEmpty && open.count == Self.mostFiles { throw .tooManyFiles }
    let entry = Entry(info: file, place: try descriptors.take(file, from: root))
    if let id = free.popLast() {
      open[Int(id)] = entry
      return OpenFile(id: id)
    }
    open.append(entry)
    return OpenFile(id: UInt32(open.count - 1))
  }

  public mutating func read(_ file: OpenFile, at offset: UInt64, into target: inout MutableRawSpan) -> Int {
    guard Int(file.id) < open.count, var entry = open[Int(file.id)], let at = Int(exactly: offset) else {
      return 0
    }
    if let count = descriptors.copy(entry.place, at: at, into: &target) { return count }
    guard let descriptor = descriptors.descriptor(&entry.place, of: entry.info, from: root) else { return 0 }
    open[Int(file.id)]?.place = entry.place
    let count = Self.read(descriptor, at: at, into: &target)
    if at == 0, count == entry.info.size { descriptors.keep(entry.place, target.bytes.extracting(0..<count)) }
    return count
  }

  private static func read(_ descriptor: Int32, at start: Int, into target: inout MutableRawSpan) -> Int {
    target.withUnsafeMutableBytes { bytes in
      var done = 0
      while done < bytes.count {
        let n = pread(descriptor, bytes.baseAddress! + done, bytes.count - done, start + done)
        if n < 0 && errno == EINTR { continue }
        if n <= 0 { break }
        done += n
      }
      return done
    }
  }

  /// Valid until the next call of the store.
  public mutating func descriptor(of file: OpenFile) -> Int32? {
    guard Int(file.id) < open.count, var entry = open[Int(file.id)] else { return nil }
    let found = descriptors.descriptor(&entry.place, of: entry.info, from: root)
    open[Int(file.id)]?.place = entry.place
    return found
  }

  public mutating func close(_ file: OpenFile) {
    guard Int(file.id) < open.count, let entry = open[Int(file.id)] else { return }
    descriptors.giveBack(entry.place)
    open[Int(file.id)] = nil
    free.append(file.id)
  }

  /// What is below the root, counted up to a bound.
  public func summary(mostEntries: Int = 100_000) -> FolderSummary {
    FolderSummary(of: root, mostEntries: mostEntries)
  }

  /// Descriptors of files that are being read, for tests and metrics.
  public var openDescriptors: Int { descriptors.count }
  /// Bytes of small files that are kept in memory: at most 1 MiB.
  public var keptBytes: Int { descriptors.keptBytes }
}
