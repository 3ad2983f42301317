/// How a congestion window grows where the path's room is known, and what a loss makes of it. One
/// algorithm a file; bytes throughout.
protocol Avoidance {
  /// What a window of so many bytes grows by when `news.count` bytes of it were acknowledged.
  mutating func growth(of window: Int, _ news: Congestion.News) -> Int
  /// ssthresh after a loss, or after a mark of a router, with so much in flight.
  mutating func threshold(after sign: Congestion.Sign, window: Int, inFlight: Int) -> Int
}
