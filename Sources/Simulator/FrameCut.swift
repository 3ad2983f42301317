/// Why a world kept a frame from a host that it had reached.
public enum FrameCut: UInt8, CaseIterable, Sendable {
  /// It came from a host that this one is parted from.
  case partition = 1
  /// The host has no power.
  case hostDown
}
