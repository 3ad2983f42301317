/// Why a cable lost a frame.
@frozen public enum FrameLoss: UInt8, CaseIterable, Sendable {
  /// By the settings' probability.
  case drawn = 1
  /// Too many frames waited for the rate.
  case queueFull
  /// `CableSettings.mostInFlight` frames were on their way.
  case flightFull
  /// It was longer than the cable takes.
  case tooLong
  /// It was sent, or on its way, while an end of the cable was pulled out.
  case unplugged
}
