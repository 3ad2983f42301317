import Glibc
import StrataSockets
import Synchronization
import Testing

@Suite struct RunQueueTests {
  /// What tasks of one queue noted, in order.
  final class Notes: @unchecked Sendable { var all: [Int] = [] }

  @Test func jobsRunInTheOrderInWhichTheyCame() {
    let queue = RunQueue()
    let notes = Notes()
    for n in 0..<100 {
      Task(executorPreference: queue) {
        notes.all.append(n)
        await Task.yield()
        notes.all.append(100 + n)
      }
    }
    #expect(notes.all.isEmpty, "nobody but the owner runs them")
    #expect(queue.run())
    #expect(notes.all == Array(0..<200))
    #expect(!queue.run())
    #expect(queue.isEmpty)
  }

  @Test func whatItsOwnTasksStartIsNotForeign() {
    let queue = RunQueue()
    let notes = Notes()
    Task(executorPreference: queue) {
      async let one: Void = { notes.all.append(1) }()
      await withTaskGroup { group in
        for n in 2..<5 { group.addTask { notes.all.append(n) } }
      }
      await one
      notes.all.append(5)
    }
    queue.run()
    #expect(notes.all == [1, 2, 3, 4, 5])
    #expect(queue.foreignCount == 0)
  }

  @Test func aJobOfAnotherThreadIsCountedAndTold() {
    let told = Atomic(0)
    let queue = RunQueue(whenForeign: { told.add(1, ordering: .relaxed) })
    let notes = Notes()
    queue.inside {
      var thread = pthread_t()
      let argument = Unmanaged.passRetained(Call { Task(executorPreference: queue) { notes.all.append(1) } })
      pthread_create(
        &thread, nil,
        { argument in
          Unmanaged<Call>.fromOpaque(argument!).takeRetainedValue().body()
          return nil
        }, argument.toOpaque())
      pthread_join(thread, nil)
    }
    #expect(queue.foreignCount == 1)
    #expect(told.load(ordering: .relaxed) == 1)
    #expect(notes.all.isEmpty, "the other thread runs nothing of ours")
    queue.run()
    #expect(notes.all == [1])
  }

  private final class Call {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }

  @Test func theOwnersOwnJobsAreNotForeign() {
    let queue = RunQueue()
    let notes = Notes()
    queue.inside {
      for n in 0..<10 {
        Task(executorPreference: queue) {
          notes.all.append(n)
          await withUnsafeContinuation { $0.resume() }
        }
      }
    }
    queue.run()
    #expect(notes.all == Array(0..<10))
    #expect(queue.foreignCount == 0)
  }
}
