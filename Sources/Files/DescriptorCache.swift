import Glibc

/// At most 64 open descriptors for any number of open files, so that thousands of slow readers do not
/// exhaust the process. Readers of the same file share one. The one used longest ago makes room, and is
/// opened again when its reader comes back: by then it must still be the same file.
///
/// A descriptor stays open behind its last reader: the next request for its path then costs one look
/// whether the path still names this very file, in place of opening it twice and closing it twice.
///
/// The bytes of a small file are kept beside its descriptor when it is read a second time. They are given
/// out after a look that found the file with the same number, size and times as when they were read.
final class DescriptorCache {
  static var capacity: Int { 64 }
  /// The size of the largest file whose bytes are kept; `capacity` times this is the most memory.
  static var mostKept: UInt64 { 16_384 }
  /// A file is at rest when nothing of it changed for so many seconds. One that changed just now may change
  /// again without another time: clocks of file systems tick in milliseconds, or in two seconds (FAT).
  static var restSeconds: Int64 { 3 }

  /// Where an open file's descriptor was last seen.
  struct Place {
    var slot: Int
    /// Changes whenever the slot takes another file.
    var generation: UInt32
  }

  private struct Slot {
    var descriptor: Int32 = -1
    var generation: UInt32 = 0
    var readers = 0
    /// A look found the file as `info` says, and nobody has taken it since.
    var isFresh = false
    /// The round of that look.
    var round: UInt64?
    /// When anything of the file changed, by the last look.
    var changed: FileTime?
    /// It was taken before.
    var isKnown = false
    /// All bytes of the file, as they are since `changed`.
    var content: [UInt8]?
    var lastUsed: UInt64 = 0
    var info: FileInfo?
    /// The path from the root for calls of the system, with its NUL.
    var text: [CChar] = []
  }

  private var slots = [Slot](repeating: Slot(), count: DescriptorCache.capacity)
  private var byPath: [[FileName]: Int] = [:]
  private var uses: UInt64 = 0
  private let clock: () -> FileTime

  init(clock: @escaping () -> FileTime) { self.clock = clock }

  deinit {
    for slot in slots where slot.descriptor >= 0 { Glibc.close(slot.descriptor) }
  }

  /// Descriptors that have readers.
  var count: Int { slots.count { $0.readers > 0 } }

  /// The file of this path, if it is open here and the path still names it. What was opened below the root
  /// once is below it still, whatever links lead there by now: it is the same file.
  func find(_ path: [FileName], below root: Int32, in round: UInt64?) -> FileInfo? {
    guard let index = byPath[path], let info = slots[index].info else { return nil }
    if let round, slots[index].round == round {
      slots[index].isFresh = true
      return info
    }
    if let status = FileStatus(path: slots[index].text, below: root), status.isSameFile(as: info) {
      slots[index].isFresh = true
      slots[index].round = round
      slots[index].isKnown = true
      if slots[index].changed != status.changed {
        slots[index].changed = status.changed
        slots[index].content = nil
      }
      return info
    }
    if slots[index].readers == 0 { forget(index) }
    return nil
  }

  /// Closes a slot's descriptor and empties it.
  private func forget(_ index: Int) {
    if let path = slots[index].info?.path, byPath[path] == index { byPath[path] = nil }
    if slots[index].descriptor >= 0 { Glibc.close(slots[index].descriptor) }
    slots[index] = Slot(generation: slots[index].generation &+ 1)
  }

  /// Whether an open file is still what it was. One that is being read is shared as it is; one that only
  /// waited is looked at, unless that has just been done.
  private func isCurrent(_ index: Int) -> Bool {
    if slots[index].readers > 0 || slots[index].isFresh { return true }
    if let info = slots[index].info,
      FileStatus(descriptor: slots[index].descriptor)?.isSameFile(as: info) == true
    {
      return true
    }
    forget(index)
    return false
  }

  private func index(of file: FileInfo) -> Int? {
    if let index = byPath[file.path], slots[index].info?.isSameFile(as: file) == true { return index }
    return slots.firstIndex { $0.info?.isSameFile(as: file) == true }
  }

  func take(_ file: FileInfo, from root: Root) throws(StoreError) -> Place {
    uses += 1
    if let shared = index(of: file), isCurrent(shared) {
      slots[shared].isFresh = false
      slots[shared].readers += 1
      slots[shared].lastUsed = uses
      return Place(slot: shared, generation: slots[shared].generation)
    }
    let descriptor = try root.open(file.path, flags: O_RDONLY)
    guard let status = FileStatus(descriptor: descriptor), status.kind == .file,
      status.info(path: file.path).isSameFile(as: file)
    else {
      Glibc.close(descriptor)
      throw .changed
    }
    var oldest = 0
    for index in slots.indices where slots[index].lastUsed < slots[oldest].lastUsed { oldest = index }
    forget(oldest)
    let generation = slots[oldest].generation
    slots[oldest] = Slot(
      descriptor: descriptor, generation: generation, readers: 1, lastUsed: uses, info: file,
      text: Root.text(file.path))
    byPath[file.path] = oldest
    return Place(slot: oldest, generation: generation)
  }

  /// The descriptor to read from, opened again where it had to make room; nil when the file is gone or is
  /// another one.
  func descriptor(_ place: inout Place, of file: FileInfo, from root: Root) -> Int32? {
    if slots[place.slot].generation != place.generation {
      guard let again = try? take(file, from: root) else { return nil }
      place = again
    }
    uses += 1
    slots[place.slot].lastUsed = uses
    return slots[place.slot].descriptor
  }

  // MARK: small files

  /// Keeps all bytes of a file that have just been read, if it is asked for again and again, small and at
  /// rest.
  func keep(_ place: Place, _ bytes: RawSpan) {
    let slot = slots[place.slot]
    guard slot.generation == place.generation, slot.isKnown, slot.content == nil,
      let info = slot.info, info.size <= Self.mostKept,
      // Behind the reading: what changed meanwhile shows.
      let status = FileStatus(descriptor: slot.descriptor), status.isSameFile(as: info),
      max(status.changed, status.modified).seconds + Self.restSeconds < clock().seconds
    else { return }
    slots[place.slot].changed = status.changed
    slots[place.slot].content = bytes.withUnsafeBytes { Array($0) }
  }

  /// Copies bytes out that are kept, as many as there are and fit; nil when none are.
  func copy(_ place: Place, at offset: Int, into target: inout MutableRawSpan) -> Int? {
    guard slots[place.slot].generation == place.generation, let content = slots[place.slot].content else {
      return nil
    }
    let count = max(0, min(content.count - offset, target.byteCount))
    if count > 0 {
      target.withUnsafeMutableBytes { room in
        content.withUnsafeBytes {
          room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + count)]))
        }
      }
    }
    uses += 1
    slots[place.slot].lastUsed = uses
    return count
  }

  var keptBytes: Int { slots.reduce(0) { $0 + ($1.content?.count ?? 0) } }

  /// One reader fewer.
  func giveBack(_ place: Place) {
    if slots[place.slot].generation == place.generation { slots[place.slot].readers -= 1 }
  }
}
