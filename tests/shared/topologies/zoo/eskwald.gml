graph [
  DateObtained "17/02/11"
  GeoLocation "Eskwald"
  GeoExtent "Country"
  Network "Eskwald"
  Provenance "Primary"
  Note "An invented network"
  Version "1.0"
  Type "COM"
  Backbone 1
  Commercial 1
  label "Eskwald"
  Customer 1
  IX 0
  DateModifier "="
  DateMonth "02"
  Layer "IP"
  Creator "drawn by hand"
  Developed 1
  Transit 0
  NetworkDate "2011_02"
  DateYear "2011"
  Testbed 0
  node [
    id 0
    label "Ulnoton"
    Country "Eskwald"
    Longitude 25.47023
    Internal 1
    Latitude 65.73391
  ]
  node [
    id 1
    label "Zanberg"
    Country "Eskwald"
    Longitude 26.6894
    Internal 1
    Latitude 62.07109
  ]
  node [
    id 2
    label "Holby"
    Country "Eskwald"
    Longitude 28.32431
    Internal 1
    Latitude 47.49053
  ]
  node [
    id 3
    label "Pelmivik"
    Country "Eskwald"
    Longitude 18.68154
    Internal 1
    Latitude 57.62671
  ]
  node [
    id 4
    label "Alholm"
    Country "Eskwald"
    Longitude 15.02008
    Internal 1
    Latitude 49.00566
  ]
  node [
    id 5
    label "Marledal"
    Country "Eskwald"
    Longitude 7.74672
    Internal 1
    Latitude 58.58396
  ]
  node [
    id 6
    label "Ekleberg"
    Country "Eskwald"
    Longitude 30.25311
    Internal 1
    Latitude 45.11689
  ]
  node [
    id 7
    label "Stra&#223;enau"
    Country "Eskwald"
    Longitude 11.81124
    Internal 1
    Latitude 66.15252
  ]
  node [
    id 8
    label "None"
    Country "Eskwald"
    Longitude 8.90505
    Internal 1
    Latitude 66.30825
  ]
  node [
    id 9
    label "Garstastad"
    Country "Eskwald"
    Longitude 4.5824
    Internal 1
    Latitude 54.12795
  ]
  node [
    id 10
    label "Eknodal"
    Country "Eskwald"
    Longitude 12.96007
    Internal 1
    Latitude 62.98281
  ]
  node [
    id 11
    label "Torbesund"
    Country "Eskwald"
    Longitude 5.78261
    Internal 1
    Latitude 52.81773
  ]
  edge [
    source 0
    target 1
  ]
  edge [
    source 1
    target 2
  ]
  edge [
    source 2
    target 3
  ]
  edge [
    source 3
    target 4
  ]
  edge [
    source 4
    target 5
  ]
  edge [
    source 5
    target 6
  ]
  edge [
    source 6
    target 7
  ]
  edge [
    source 7
    target 8
  ]
  edge [
    source 8
    target 9
  ]
  edge [
    source 9
    target 10
  ]
  edge [
    source 10
    target 11
  ]
]
