// A Flight SQL server over grpc-go with default settings, whose plans take long. It sends nothing before the response.
//
// It shows that a query without data survives grpc-go's ping rule (MinTime of 5 minutes, two strikes). Run by silent.sh.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
)

var schema = arrow.NewSchema([]arrow.Field{{Name: "seconds", Type: arrow.PrimitiveTypes.Int64}}, nil)

type server struct {
	flightsql.BaseServer
	silence time.Duration
}

func (s *server) GetFlightInfoStatement(ctx context.Context, command flightsql.StatementQuery, descriptor *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	log.Printf("%q: silent for %s", command.GetQuery(), s.silence)
	begun := time.Now()
	select {
	case <-time.After(s.silence):
	case <-ctx.Done():
		log.Printf("the call ended after %s: %v", time.Since(begun).Round(time.Second), ctx.Err())
		return nil, ctx.Err()
	}
	ticket, err := flightsql.CreateStatementQueryTicket([]byte(command.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &flight.FlightInfo{
		Schema:           flight.SerializeSchema(schema, memory.DefaultAllocator),
		FlightDescriptor: descriptor,
		Endpoint:         []*flight.FlightEndpoint{{Ticket: &flight.Ticket{Ticket: ticket}}},
		TotalRecords:     1,
		TotalBytes:       -1,
	}, nil
}

func (s *server) DoGetStatement(context.Context, flightsql.StatementQueryTicket) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	builder.Field(0).(*array.Int64Builder).Append(int64(s.silence / time.Second))
	chunks := make(chan flight.StreamChunk, 1)
	chunks <- flight.StreamChunk{Data: builder.NewRecordBatch()}
	close(chunks)
	return schema, chunks, nil
}

func main() {
	port := flag.Int("port", 31337, "TCP port on 127.0.0.1")
	silence := flag.Duration("silence", 200*time.Second, "time before the response to a plan")
	flag.Parse()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	// No option is set, because the test is for grpc-go's default keep-alive rule.
	grpcServer := grpc.NewServer()
	flight.RegisterFlightServiceServer(grpcServer, flightsql.NewFlightServer(&server{silence: *silence}))
	log.Printf("listening on %s", listener.Addr())
	log.Fatal(grpcServer.Serve(listener))
}
