import StrataBase
import StrataLink

/// The plan of the world that `strata serve` or `strata between` makes: a client, a server, and a cable
/// between them. Two worlds made from equal scenes that get equal messages run alike, event for event.
public struct Scene: Codable, Equatable, Sendable {
  /// The build that made it: another one may run differently.
  public var build: String
  public var seed: UInt64
  /// Seconds since 1970 at the start of the world, for Date headers.
  public var epoch: Int64
  /// What the folder was called; for people.
  public var folder: String
  public var cable: CableSettings
  /// What the cable's far end leads to, where that is outside of the world: `127.0.0.1:5432`.
  public var target: String?
  /// The faults at byte offsets, as they are written on the command line.
  public var faults: [String]?

  public init(
    build: String, seed: UInt64, epoch: Int64, folder: String = "", cable: CableSettings,
    target: String? = nil, faults: [String]? = nil
  ) {
    self.build = build
    self.seed = seed
    self.epoch = epoch
    self.folder = folder
    self.cable = cable
    self.target = target
    self.faults = faults
  }
}

extension CableSettings: Codable {
  private enum Key: String, CodingKey {
    case delay, jitter, rate, queue, loss, duplicate, reorder, reorderDelay, corrupt, mtu, superFrames,
      mostInFlight
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      delay: .nanoseconds(try values.decode(Int64.self, forKey: .delay)),
      jitter: .nanoseconds(try values.decode(Int64.self, forKey: .jitter)),
      rate: try values.decodeIfPresent(UInt64.self, forKey: .rate),
      queue: try values.decode(Int.self, forKey: .queue),
      loss: try values.decode(Double.self, forKey: .loss),
      duplicate: try values.decode(Double.self, forKey: .duplicate),
      reorder: try values.decode(Double.self, forKey: .reorder),
      corrupt: try values.decode(Double.self, forKey: .corrupt),
      mostInFlight: try values.decodeIfPresent(Int.self, forKey: .mostInFlight)
        ?? CableSettings().mostInFlight,
      reorderDelay: .nanoseconds(try values.decode(Int64.self, forKey: .reorderDelay)),
      mtu: try values.decode(Int.self, forKey: .mtu),
      superFrames: try values.decode(Bool.self, forKey: .superFrames))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(delay.nanoseconds, forKey: .delay)
    try values.encode(jitter.nanoseconds, forKey: .jitter)
    try values.encodeIfPresent(rate, forKey: .rate)
    try values.encode(queue, forKey: .queue)
    try values.encode(loss, forKey: .loss)
    try values.encode(duplicate, forKey: .duplicate)
    try values.encode(reorder, forKey: .reorder)
    try values.encode(corrupt, forKey: .corrupt)
    try values.encode(reorderDelay.nanoseconds, forKey: .reorderDelay)
    try values.encode(mtu, forKey: .mtu)
    try values.encode(mostInFlight, forKey: .mostInFlight)
    try values.encode(superFrames, forKey: .superFrames)
  }
}
