import StrataSockets

/// Which socket of which program something in Transport belongs to, in 64 bits. The serial number
/// tells a socket from an older one that had the same descriptor.
struct SocketOwner: Equatable {
  let table: Int
  let descriptor: Descriptor
  let serial: UInt16

  init(table: Int, descriptor: Descriptor, serial: UInt16) {
    self.table = table
    self.descriptor = descriptor
    self.serial = serial
  }
  init(rawValue: UInt64) {
    table = Int(rawValue >> 48)
    serial = UInt16(truncatingIfNeeded: rawValue >> 32)
    descriptor = Descriptor(rawValue: Int32(truncatingIfNeeded: rawValue))
  }
  var rawValue: UInt64 {
    UInt64(table) << 48 | UInt64(serial) << 32 | UInt64(UInt32(bitPattern: descriptor.rawValue))
  }
}
