import Glibc

/// At most 64 open descriptors for any number of open files, so that thousands of slow readers do not
/// exhaust the process. Readers of the same file share one. The one used longest ago makes room, and is
/// opened again when its reader comes back: by then it must still be the same file.
///
/// A descriptor stays open behind its last reader: the next request for its path then costs one look
/// whether the path still names this very file, in place of opening it twice and closing it twice.
final class DescriptorCache {
  static var capacity: Int { 64 }

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
    var lastUsed: UInt64 = 0
    var info: FileInfo?
    /// The path from the root for calls of the system, with its NUL.
    var text: [CChar] = []
  }

  private var slots = [Slot](repeating: Slot(), count: DescriptorCache.capacity)
  private var byPath: [[FileName]: Int] = [:]
  private var uses: UInt64 = 0

  deinit {
    for slot in slots where slot.descriptor >= 0 { Glibc.close(slot.descriptor) }
  }

  /// Descriptors that have readers.
  var count: Int { slots.count { $0.readers > 0 } }

  /// The file of this path, if it is open here and the path still names it. What was opened below the root
  /// once is below it still, whatever links lead there by now: it is the same file.
  func find(_ path: [FileName], below root: Int32) -> FileInfo? {
    guard let index = byPath[path], let info = slots[index].info else { return nil }
    if let status = FileStatus(path: slots[index].text, below: root), status.isSameFile(as: info) {
      slots[index].isFresh = true
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

  /// One reader fewer.
  func giveBack(_ place: Place) {
    if slots[place.slot].generation == place.generation { slots[place.slot].readers -= 1 }
  }
}
