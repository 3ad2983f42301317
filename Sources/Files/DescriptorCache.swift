import Glibc

/// At most 64 open descriptors for any number of open files, so that thousands of slow readers do not
/// exhaust the process. Readers of the same file share one. The one used longest ago makes room, and is
/// opened again when its reader comes back: by then it must still be the same file.
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
    var lastUsed: UInt64 = 0
    var info: FileInfo?
  }

  private var slots = [Slot](repeating: Slot(), count: DescriptorCache.capacity)
  private var uses: UInt64 = 0

  deinit {
    for slot in slots where slot.descriptor >= 0 { Glibc.close(slot.descriptor) }
  }

  var count: Int { slots.count { $0.descriptor >= 0 } }

  func take(_ file: FileInfo, from root: Root) throws(StoreError) -> Place {
    uses += 1
    if let shared = slots.firstIndex(where: { $0.info?.isSameFile(as: file) == true }) {
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
    if slots[oldest].descriptor >= 0 { Glibc.close(slots[oldest].descriptor) }
    let generation = slots[oldest].generation &+ 1
    slots[oldest] = Slot(
      descriptor: descriptor, generation: generation, readers: 1, lastUsed: uses, info: file)
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

  /// The last reader closes the descriptor.
  func giveBack(_ place: Place) {
    guard slots[place.slot].generation == place.generation else { return }
    slots[place.slot].readers -= 1
    if slots[place.slot].readers > 0 { return }
    Glibc.close(slots[place.slot].descriptor)
    slots[place.slot] = Slot(generation: slots[place.slot].generation &+ 1)
  }
}
