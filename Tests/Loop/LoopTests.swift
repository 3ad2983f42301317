import Glibc
import StrataBase
import StrataLoop
import Synchronization
import Testing

/// Both ends of a pipe.
private struct Pipe: ~Copyable {
  let reading: Int32
  let writing: Int32
  init() {
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    reading = ends[0]
    writing = ends[1]
    _ = fcntl(reading, F_SETFL, O_NONBLOCK)
  }
  deinit {
    close(reading)
    close(writing)
  }
  func write(_ count: Int) {
    let bytes = [UInt8](repeating: 7, count: count)
    #expect(Glibc.write(writing, bytes, count) == count)
  }
}

// One process has one table of signals.
@Suite(.serialized) struct LoopTests {
  @Test func aReadySourceIsCalledOnceAnEdge() throws {
    let loop = try Loop()
    let pipe = Pipe()
    var calls: [Loop.Interest] = []
    try loop.addSource(pipe.reading, .readable) { _, ready in calls.append(ready) }
    loop.turn(until: .start)
    #expect(calls.isEmpty)
    pipe.write(1)
    loop.turn(until: .never)
    #expect(calls == [.readable])
    loop.turn(until: .start)
    #expect(calls.count == 1, "nothing new came")
    pipe.write(1)
    loop.turn(until: .never)
    #expect(calls.count == 2)
    loop.removeSource(pipe.reading)
  }

  @Test func whatIsReadyBeforeItIsAddedIsTold() throws {
    let loop = try Loop()
    let pipe = Pipe()
    pipe.write(3)
    var calls = 0
    try loop.addSource(pipe.reading, .readable) { _, _ in calls += 1 }
    loop.turn(until: .never)
    #expect(calls == 1)
    loop.removeSource(pipe.reading)
  }

  @Test func aRemovedSourceIsNotCalledEvenInTheSameTurn() throws {
    let loop = try Loop()
    let one = Pipe()
    let other = Pipe()
    var calls = 0
    let callback: Loop.Callback = { _, _ in
      calls += 1
      loop.removeSource(one.reading)
      loop.removeSource(other.reading)
    }
    try loop.addSource(one.reading, .readable, callback)
    try loop.addSource(other.reading, .readable, callback)
    one.write(1)
    other.write(1)
    loop.turn(until: .never)
    loop.turn(until: .start)
    #expect(calls == 1)
  }

  @Test func newsOfAnEarlierSourceDoNotReachALaterOne() throws {
    let loop = try Loop()
    let one = Pipe()
    let other = Pipe()
    var calls = 0
    let readers = [one.reading, other.reading]
    // Whoever is first puts the other, whose news is found already, out and in again.
    let callback: Loop.Callback = { fd, _ in
      let second = readers[0] == fd ? readers[1] : readers[0]
      loop.removeSource(second)
      try? loop.addSource(second, .readable) { _, _ in calls += 1 }
    }
    for reader in readers { try loop.addSource(reader, .readable, callback) }
    one.write(1)
    other.write(1)
    loop.turn(until: .never)
    #expect(calls == 0)
    loop.turn(until: .start)
    #expect(calls == 1)
    for reader in readers { loop.removeSource(reader) }
  }

  @Test func aSourceHasOneTaker() throws {
    let loop = try Loop()
    let pipe = Pipe()
    try loop.addSource(pipe.reading, .readable) { _, _ in }
    #expect(throws: LoopError.alreadyTaken(pipe.reading)) {
      try loop.addSource(pipe.reading, .readable) { _, _ in }
    }
    loop.removeSource(pipe.reading)
    try loop.addSource(pipe.reading, .readable) { _, _ in }
    loop.removeSource(pipe.reading)
  }

  @Test func whatCannotBeWaitedForIsRefused() throws {
    let loop = try Loop()
    let file = open("/proc/self/exe", O_RDONLY)
    defer { close(file) }
    #expect(throws: LoopError.notWatchable(file)) { try loop.addSource(file, .readable) { _, _ in } }
    #expect(throws: LoopError.notWatchable(-1)) { try loop.addSource(-1, .readable) { _, _ in } }
  }

  @Test func moreSourcesThanOneTurnServesAreAllServed() throws {
    let loop = try Loop()
    let count = Loop.sourcesATurn + 44
    var bells: [Int32] = []
    var calls = 0
    for _ in 0..<count {
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      bells += ends
      try loop.addSource(ends[0], .readable) { _, _ in calls += 1 }
      _ = Glibc.write(ends[1], "x", 1)
    }
    loop.turn(until: .never)
    #expect(calls == Loop.sourcesATurn)
    loop.turn(until: .start)
    loop.turn(until: .start)
    #expect(calls == count)
    for bell in bells {
      loop.removeSource(bell)
      close(bell)
    }
  }

  @Test func aTurnEndsAtItsDeadlineAndNotBefore() throws {
    let loop = try Loop()
    let deadline = loop.now + .microseconds(1_500)
    loop.turn(until: deadline)
    #expect(loop.now >= deadline)
  }

  @Test func anotherThreadWakesIt() throws {
    let loop = try Loop()
    let waker = loop.waker
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Waker>.fromOpaque(argument!).takeRetainedValue().wake()
        return nil
      }, Unmanaged.passRetained(waker).toOpaque())
    loop.turn(until: .never)
    pthread_join(thread, nil)
    loop.turn(until: .start)
    waker.wake()
    waker.wake()
    loop.turn(until: .never)
  }

  @Test func aStoppedLoopDoesNotWait() throws {
    let loop = try Loop()
    #expect(!loop.isStopped)
    loop.stop()
    loop.turn(until: .never)
    loop.turn(until: .never)
    #expect(loop.isStopped)
  }

  @Test func aSignalCallsItsTakerInATurn() throws {
    let loop = try Loop()
    var caught = 0
    try loop.addSignal(SIGUSR2) { caught += 1 }
    kill(getpid(), SIGUSR2)
    loop.turn(until: .never)
    #expect(caught == 1)
    #expect(throws: LoopError.alreadyTaken(SIGUSR2)) { try loop.addSignal(SIGUSR2) {} }
    let other = try Loop()
    #expect(throws: LoopError.alreadyTaken(SIGUSR2)) { try other.addSignal(SIGUSR2) {} }
    loop.removeSignal(SIGUSR2)
    try other.addSignal(SIGUSR2) {}
  }

  @Test func itsClocksRun() throws {
    let loop = try Loop()
    let first = loop.now
    #expect(first >= .start)
    #expect(loop.now >= first)
    #expect(loop.wallTime > 1_700_000_000)
  }
}
